-- Sets fields of a record. Returns 1; 0, when there is no record: a deleted one must not come back in parts.

local record, fields = KEYS[1], ARGV -- name, value, name, value, …

if redis.call('EXISTS', record) == 0 then return 0 end
redis.call('HSET', record, unpack(fields))
return 1
