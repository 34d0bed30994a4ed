-- Ends a digest that was queued, unless another server has ended it. Returns nothing.

local hour, digest = KEYS[1], KEYS[2]
local from = ARGV[1] -- when its hour began, ms

if redis.call('HGET', hour, 'digest-from') ~= from then return nil end
redis.call('UNLINK', digest)
redis.call('HDEL', hour, 'digest-from', 'digest-more')
return nil
