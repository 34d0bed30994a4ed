-- Adds a viewer and counts a view, unless the session is active or resumes its visit.
-- Returns the time and the outcome: joined, resumed, already, full or no_link; instead of the outcome nil, when
-- the keys are another day's.

local link_record = KEYS[16]
local session, page, epoch, fingerprint, email = ARGV[9], tonumber(ARGV[10]), tonumber(ARGV[11]), ARGV[12], ARGV[13]
local dated_lives, max_viewers = { ARGV[14], ARGV[15], ARGV[16] }, tonumber(ARGV[17]) -- seconds; a count
local newest_kept = 500

if is_another_day() then return { now, false } end

-- The link was deleted while the join was on its way: none of its keys may come back.
if redis.call('EXISTS', link_record) == 0 then return { now, 'no_link' } end

sweep(20)

local viewer, last = find_viewer(session)
local outcome = 'already'
if viewer then
  advance(viewer, last, now)
  write_page_times()
else
  -- Inactive, but not swept yet: its visit ends first, and may then be resumed.
  local unswept = tonumber(redis.call('ZSCORE', seen, session))
  if unswept then
    local record = redis.call('HGET', active, session)
    end_visit(session, record and decode(record, unswept), unswept, unswept)
  end
  if count_active() >= max_viewers then return { now, 'full' } end
  viewer = resume(session)
  outcome = 'resumed'
end
if not viewer then
  redis.call('INCR', views)
  for i, key in ipairs(dated) do
    if redis.call('INCR', key) == 1 then redis.call('EXPIRE', key, dated_lives[i]) end
  end
  viewer = { page = 0, joined = now, engaged = 0, epoch = 0, fingerprint = '', email = '' }
  outcome = 'joined'
end

viewer.visible = true
viewer.epoch = math.max(viewer.epoch, epoch)
if fingerprint ~= '' then viewer.fingerprint = fingerprint end
if email ~= '' then viewer.email = email end
turn_page(viewer, page)
store_viewer(session, viewer)

-- Orders the viewer list by join, not by heartbeat. Bounded, as the list is.
redis.call('ZADD', newest, int(viewer.joined), session)
redis.call('ZREMRANGEBYRANK', newest, 0, -(newest_kept + 1))

local count = count_active()
if count > tonumber(redis.call('GET', peak) or 0) then
  redis.call('SET', peak, count)
end
announce(live)
return { now, outcome }
