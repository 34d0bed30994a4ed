-- Begins a session.
-- Returns done; none, when there is no such owner or their password is not the expected one.

-- An empty `expected_hash` matches any password. `life` and `longest` are in seconds: without use, and in all.
local session, owner_sessions = KEYS[3], KEYS[4]
local id, expected_hash, digest, device = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local life, longest, clock = ARGV[5], ARGV[6], ARGV[7]

local owner, answer = find_owner(id)
if not owner then return answer end
if expected_hash ~= '' and expected_hash ~= owner.hash then return 'none' end

local now = int(math.floor(unix_ms(clock) / 1000))
redis.call('SET', session, encode_session({
  id = id, epoch = owner.epoch, created = now, used = now, device = device,
}), 'EX', life)
redis.call('SADD', owner_sessions, digest)
redis.call('EXPIRE', owner_sessions, longest)
return 'done'
