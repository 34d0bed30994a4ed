-- Sets fields of a record if one field still has the expected value. Returns 1; 0, when it has another.

local record, expected_field, expected_value = KEYS[1], ARGV[1], ARGV[2]
local fields = { unpack(ARGV, 3) } -- name, value, name, value, …

if redis.call('HGET', record, expected_field) ~= expected_value then return 0 end
redis.call('HSET', record, unpack(fields))
return 1
