-- Ends all sessions of an owner, and sets a new password if one is given.
-- ARGV 1..3: owner; the password hash that is to be replaced, or '' for whichever; the new one, or ''.
-- Returns done; or none, also when the password has changed meanwhile.

local owner, answer = find(ARGV[1])
if not owner then return answer end
if ARGV[2] ~= '' and ARGV[2] ~= owner.hash then return 'none' end

owner.epoch = int(owner.epoch + 1)
if ARGV[3] ~= '' then owner.hash = ARGV[3] end
redis.call('HSET', owners, ARGV[1], encode(owner))
announce()
return 'done'
