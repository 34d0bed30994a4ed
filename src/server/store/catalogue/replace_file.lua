-- Puts another file in a document's record if it still has the file of the expected version. Returns 1; 0, when it has
-- another. The file before is kept as it stands, with what a newer version of the server wrote of it.

local record = KEYS[1]
local expected, file, replaced_at = ARGV[1], ARGV[2], ARGV[3] -- a version; JSON; Unix ms

local before = redis.call('HGET', record, 'file')
if not before or cjson.decode(before).version ~= expected then return 0 end
redis.call('HSET', record, 'file', file, 'previous', '{"file":' .. before .. ',"replacedAt":' .. replaced_at .. '}')
return 1
