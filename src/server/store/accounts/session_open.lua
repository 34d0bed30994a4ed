-- Begins a session.
-- KEYS 3: the session. ARGV 1..3: owner; the password hash that was found right, or ''; seconds it lives.
-- Returns done; or none, also when the password has changed since it was found right.

local owner, answer = find(ARGV[1])
if not owner then return answer end
if ARGV[2] ~= '' and ARGV[2] ~= owner.hash then return 'none' end

redis.call('SET', KEYS[3], ARGV[1] .. ' ' .. owner.epoch, 'EX', ARGV[3])
return 'done'
