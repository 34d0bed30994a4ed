-- Announces a change of the owner's documents or links that the index does not show.

announce_change()
return 1
