-- Removes an owner with their API keys and passkeys. Their sessions end with the record.
-- Returns done; none, when there is no such owner.

local emails, api_keys, owner_keys = KEYS[3], KEYS[4], KEYS[5] -- API keys of all owners; of this one
local owner_sessions, zones, second_factors, events = KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local passkeys, owner_passkeys = KEYS[10], KEYS[11] -- of all owners; of this one
local id = ARGV[1]

local owner, answer = find_owner(id)
if not owner then return answer end

redis.call('HDEL', owners, id)
redis.call('HDEL', emails, owner.lowercase_email)
for _, record in ipairs(redis.call('HVALS', owner_keys)) do
  redis.call('HDEL', api_keys, string.match(record, '^[^ ]*'))
end
for _, passkey_id in ipairs(redis.call('HKEYS', owner_passkeys)) do redis.call('HDEL', passkeys, passkey_id) end
redis.call('DEL', owner_keys, owner_sessions, events, owner_passkeys)
redis.call('HDEL', zones, id)
redis.call('HDEL', second_factors, id)
announce(changed, id)
return 'done'
