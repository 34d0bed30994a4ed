-- Ends all sessions of an owner, and sets a new password if one is given.
-- Returns done; none, when there is no such owner or their password is not the expected one.

-- An empty `expected_hash` matches any password, an empty `new_hash` keeps it.
local owner_sessions = KEYS[3]
local id, expected_hash, new_hash = ARGV[1], ARGV[2], ARGV[3]

local owner, answer = find_owner(id)
if not owner then return answer end
if expected_hash ~= '' and expected_hash ~= owner.hash then return 'none' end

owner.epoch = int(owner.epoch + 1)
if new_hash ~= '' then owner.hash = new_hash end
redis.call('HSET', owners, id, encode(owner))
redis.call('DEL', owner_sessions)
announce(changed, id)
return 'done'
