-- Makes an owner.
-- KEYS 3, 4: e-mails, the first start's tokens.
-- ARGV 1..4: id, e-mail, e-mail in small letters, password hash; 5: digest of the first start's token or ''.
-- Returns done; taken; or none, when the token is not a valid one.

local emails, setup = KEYS[3], KEYS[4]
local id, email, small, hash, token = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

if token ~= '' and (redis.call('HLEN', owners) > 0 or not redis.call('ZSCORE', setup, token)) then
  return 'none'
end
if redis.call('HEXISTS', emails, small) == 1 then return 'taken' end
redis.call('HSET', owners, id, encode({ made = now(), epoch = '0', hash = hash, email = email, small = small }))
redis.call('HSET', emails, small, id)

-- Whatever servers have offered is of no use from now on.
redis.call('DEL', setup)
return 'done'
