-- Adds a message to the stream of an owner's browsers, and wakes those that listen. Returns nothing.

local stream, channel = KEYS[1], KEYS[2]
local message, kept, life = ARGV[1], ARGV[2], ARGV[3] -- JSON; a count; ms

redis.call('XADD', stream, 'MAXLEN', kept, '*', 'm', message)
redis.call('PEXPIRE', stream, life)
announce(channel)
return nil
