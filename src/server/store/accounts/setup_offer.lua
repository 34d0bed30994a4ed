-- Offers a token to make the first owner with. KEYS 3: the tokens; ARGV 1: its digest.
-- Returns done; or none, when there is an owner already.

local setup = KEYS[3]
local kept = 100

if redis.call('HLEN', owners) > 0 then return 'none' end
redis.call('ZADD', setup, now(), ARGV[1])

-- A server that is started again and again must not fill Redis.
redis.call('ZREMRANGEBYRANK', setup, 0, -(kept + 1))
return 'done'
