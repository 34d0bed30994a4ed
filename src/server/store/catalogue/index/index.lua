-- The index of one owner's documents: all keys lie in the owner's slot.
--
-- documents          set                         of ids, as the version before kept it
-- by_date, by_view   sorted sets of ids          by creation and by last view, Unix ms; 0: no view
-- by_name            sorted set of scores 0      entries: folded title, line feed, id
-- names              hash                        id -> its entry in by_name
-- version            number                      grows with every change of the owner's documents and links
-- changed            channel                     announces the same

local documents, by_date, by_view, by_name, names = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local version, changed = KEYS[6], KEYS[7]

local function announce_change()
  redis.call('INCR', version)
  announce(changed)
end
