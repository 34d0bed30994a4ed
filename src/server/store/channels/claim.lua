-- Locks a channel and finds the delivery that has been due longest.
-- Returns 'due', its id and its record; 'nothing', when the next one is due ('': never) and ''; or 'busy', when the channel is
-- locked.

local deliveries, queue, lock, state = KEYS[1], KEYS[2], KEYS[4], KEYS[5]
local now, token, life = tonumber(ARGV[1]), ARGV[2], ARGV[3] -- ms; of the lock; ms

local first = redis.call('ZRANGE', queue, 0, 0, 'WITHSCORES')
if not first[1] then return { 'nothing', '', '' } end
local due = math.max(tonumber(first[2]), tonumber(redis.call('HGET', state, 'paused')) or 0)
if due > now then return { 'nothing', int(due), '' } end
if not redis.call('SET', lock, token, 'NX', 'PX', life) then return { 'busy', '', '' } end
return { 'due', first[1], redis.call('HGET', deliveries, first[1]) or '' }
