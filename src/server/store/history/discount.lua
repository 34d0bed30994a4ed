-- Takes visits that are left out from numbers of views, once. Returns 1; 0 when that was done before.

local done = KEYS[1]
-- From the second on: the numbers.
local first_count = 2
local life = ARGV[1] -- how long it is noted, in seconds
-- How many come off each number.
local left_out = 2
local keys, arguments = KEYS, ARGV

if not redis.call('SET', done, 1, 'NX', 'EX', life) then return 0 end
for i = 0, #keys - first_count do
  local key = keys[first_count + i]
  local count = tonumber(redis.call('GET', key))
  if count then redis.call('DECRBY', key, math.min(tonumber(arguments[left_out + i]), count)) end
end
return 1
