-- Removes a passkey. Returns done; none, when this owner has no such one.

local passkeys, owner_passkeys = KEYS[3], KEYS[4] -- of all owners; of this one
local passkey_id = ARGV[1]

if redis.call('HDEL', owner_passkeys, passkey_id) == 0 then return 'none' end
redis.call('HDEL', passkeys, passkey_id)
return 'done'
