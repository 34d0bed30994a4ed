-- Reads what is recorded of a link: versions of its file, ids of archived visits, and the first entries of both streams.

local visits, downloads, versions, archived = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local batch = ARGV[1]

return {
  redis.call('LRANGE', versions, 0, -1), redis.call('SMEMBERS', archived),
  redis.call('XRANGE', visits, '-', '+', 'COUNT', batch), redis.call('XRANGE', downloads, '-', '+', 'COUNT', batch),
}
