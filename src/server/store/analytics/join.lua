-- Somebody opened the document.
-- ARGV 7..11: session, page, epoch, fingerprint, e-mail; 12..14: seconds that day, week and month are kept;
-- 15: the most viewers at once. KEYS[16]: the record of the link.
-- Returns the time, and what came of it; nil for the latter when the keys are of another day.

if another_day() then return { now, false } end

-- Deleted while the join was on its way: nothing of the link may come back.
if redis.call('EXISTS', KEYS[16]) == 0 then return { now, 'nowhere' } end

local session, page, epoch = ARGV[7], tonumber(ARGV[8]), tonumber(ARGV[9])
local newest_kept = 500

sweep(20)

local viewer, last = find(session)
local outcome = 'already'
if viewer then
  advance(viewer, last, now)
  credit()
else
  -- Inactive, but not swept yet: its visit ends before a new one begins or it is taken up again.
  local unswept = tonumber(redis.call('ZSCORE', seen, session))
  if unswept then
    local record = redis.call('HGET', active, session)
    finish(session, record and decode(record, unswept), unswept, unswept)
  end
  if count_active() >= tonumber(ARGV[15]) then return { now, 'full' } end
  viewer = resume(session)
  outcome = 'resumed'
end
if not viewer then
  redis.call('INCR', views)
  for i, key in ipairs(dated) do
    if redis.call('INCR', key) == 1 then redis.call('EXPIRE', key, ARGV[11 + i]) end
  end
  viewer = { page = 0, joined = now, engaged = 0, epoch = 0, fingerprint = '', email = '' }
  outcome = 'joined'
end

viewer.visible = true
viewer.epoch = math.max(viewer.epoch, epoch)
if ARGV[10] ~= '' then viewer.fingerprint = ARGV[10] end
if ARGV[11] ~= '' then viewer.email = ARGV[11] end
turn(viewer, page)
store(session, viewer)

-- The order of the viewer list: who came last, whoever beat last. Bounded, as the list is.
redis.call('ZADD', newest, int(viewer.joined), session)
redis.call('ZREMRANGEBYRANK', newest, 0, -(newest_kept + 1))

local count = count_active()
if count > tonumber(redis.call('GET', peak) or 0) then
  redis.call('SET', peak, count)
end
announce()
return { now, outcome }
