-- Counts an attempt at a code. Returns the sealed code; nil, when it is gone, has expired or was tried too often.

local record = KEYS[1]
local now, most = tonumber(ARGV[1]), tonumber(ARGV[2])

local ends = tonumber(redis.call('HGET', record, 'ends'))
if not ends or ends <= now then return false end
if redis.call('HINCRBY', record, 'tries', 1) > most then return false end
return redis.call('HGET', record, 'code')
