-- Creates a record. Returns 1; 0, without a change, when the record exists.

local record, fields = KEYS[1], ARGV -- name, value, name, value, …

if redis.call('EXISTS', record) == 1 then return 0 end
redis.call('HSET', record, unpack(fields))
return 1
