-- Creates an owner.
-- Returns done; taken, when the e-mail has an owner; none, when a setup token is given and not valid.

-- `setup_token` is a digest, or '' where none is needed.
local emails, setup_tokens = KEYS[3], KEYS[4]
local id, email, lowercase_email, hash, setup_token = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

if setup_token ~= ''
  and (redis.call('HLEN', owners) > 0 or not redis.call('ZSCORE', setup_tokens, setup_token)) then
  return 'none'
end
if redis.call('HEXISTS', emails, lowercase_email) == 1 then return 'taken' end
redis.call('HSET', owners, id, encode({
  created = int(unix_us()), epoch = '0', hash = hash, email = email, lowercase_email = lowercase_email,
}))
redis.call('HSET', emails, lowercase_email, id)

-- With an owner, no setup token is valid any more, whichever server offered it.
redis.call('DEL', setup_tokens)
return 'done'
