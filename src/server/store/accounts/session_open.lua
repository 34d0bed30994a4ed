-- Begins a session.
-- Returns done; none, when there is no such owner or their password is not the expected one.

-- An empty `expected_hash` matches any password; `life` is in seconds.
local session = KEYS[3]
local id, expected_hash, life = ARGV[1], ARGV[2], ARGV[3]

local owner, answer = find_owner(id)
if not owner then return answer end
if expected_hash ~= '' and expected_hash ~= owner.hash then return 'none' end

redis.call('SET', session, id .. ' ' .. owner.epoch, 'EX', life)
return 'done'
