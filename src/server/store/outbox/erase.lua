-- Erases events from the outbox of a link. Returns how many there were.

local outbox = KEYS[1]
local ids = ARGV

local erased = {}
for _, id in ipairs(ids) do erased[id] = true end
return rewrite_stream(outbox, erased)
