-- Adds a passkey. Returns done; none, when there is no such owner; taken, when the passkey is registered already; full, when
-- the owner has as many as an account may have.

local passkeys, owner_passkeys = KEYS[3], KEYS[4] -- of all owners; of this one
local owner_id, passkey_id, record, most = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])

if redis.call('HEXISTS', owners, owner_id) == 0 then return 'none' end
if redis.call('HEXISTS', passkeys, passkey_id) == 1 then return 'taken' end
if redis.call('HLEN', owner_passkeys) >= most then return 'full' end
redis.call('HSET', passkeys, passkey_id, owner_id)
redis.call('HSET', owner_passkeys, passkey_id, record)
return 'done'
