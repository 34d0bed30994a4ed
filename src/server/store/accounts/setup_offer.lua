-- Offers a setup token, with which the first owner is created.
-- Returns done; none, when there is an owner already.

local setup_tokens, digest = KEYS[3], ARGV[1]
local tokens_kept = 100

if redis.call('HLEN', owners) > 0 then return 'none' end
redis.call('ZADD', setup_tokens, int(unix_us()), digest)

-- A server that is started again and again must not fill Redis.
redis.call('ZREMRANGEBYRANK', setup_tokens, 0, -(tokens_kept + 1))
return 'done'
