-- Removes an owner and their API keys; their sessions are none without them.
-- KEYS 3..5: e-mails, all API keys, those of this owner; ARGV 1: the owner. Returns done, or none.

local emails, api_keys, own_keys = KEYS[3], KEYS[4], KEYS[5]

local owner, answer = find(ARGV[1])
if not owner then return answer end

redis.call('HDEL', owners, ARGV[1])
redis.call('HDEL', emails, owner.small)
for _, record in ipairs(redis.call('HVALS', own_keys)) do
  redis.call('HDEL', api_keys, string.match(record, '^[^ ]*'))
end
redis.call('DEL', own_keys)
announce()
return 'done'
