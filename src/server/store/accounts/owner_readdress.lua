-- Changes the e-mail address of an owner.
-- Returns done; taken, when the address has another owner; none, when there is no such owner or their password is not the
-- expected one.

local emails = KEYS[3]
local id, expected_hash, email, lowercase_email = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local owner, answer = find_owner(id)
if not owner then return answer end
if expected_hash ~= owner.hash then return 'none' end
local taken_by = redis.call('HGET', emails, lowercase_email)
if taken_by and taken_by ~= id then return 'taken' end

redis.call('HDEL', emails, owner.lowercase_email)
redis.call('HSET', emails, lowercase_email, id)
owner.email, owner.lowercase_email = email, lowercase_email
redis.call('HSET', owners, id, encode(owner))
return 'done'
