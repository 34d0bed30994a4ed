-- Removes the previous file from a document's record if it is of the expected version. Returns 1; 0, when it is not.

local record, expected = KEYS[1], ARGV[1]

local previous = redis.call('HGET', record, 'previous')
if not previous or previous == 'null' or cjson.decode(previous).file.version ~= expected then return 0 end
redis.call('HSET', record, 'previous', 'null')
return 1
