-- Offers a setup token, with which the first owner is created. It ends after a day, and with the next one that is offered.
-- Returns done; none, when there is an owner already.

local setup_tokens, digest = KEYS[3], ARGV[1]
local life = 86400 -- seconds

if redis.call('HLEN', owners) > 0 then return 'none' end
redis.call('DEL', setup_tokens)
redis.call('ZADD', setup_tokens, int(unix_us()), digest)
redis.call('EXPIRE', setup_tokens, life)
return 'done'
