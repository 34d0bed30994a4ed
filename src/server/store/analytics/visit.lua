-- Shared by the scripts that end visits: how a visit ends, and how a session resumes it.

local newest, gone, gone_records, durations, visits = KEYS[5], KEYS[6], KEYS[7], KEYS[8], KEYS[9]
-- Ids of archived visits, and `s:` with the session of one that was resumed. A counter of the changes of finished visits
-- that their owner sees.
local archived, history = KEYS[10], KEYS[11]
local outbox, outbox_state, link_record = KEYS[12], KEYS[13], KEYS[14] -- see outbox.lua
local resume_window, durations_kept = tonumber(ARGV[5]), tonumber(ARGV[6]) -- ms; a count
local gone_spare = 30 * 86400000 -- ms

local function count_active()
  return redis.call('ZCOUNT', seen, int(cutoff), '+inf')
end

-- What the state says of a link with `busy_at`: read once.
local busy, calm

-- Tells that the link is calm, if it had few viewers for long enough by now. False where no channel wants to know.
local function end_calm()
  if not busy_at or not (wants('b') or wants('c')) then return false end
  if busy == nil then busy, calm = unpack(redis.call('HMGET', outbox_state, 'busy', 'calm')) end
  if calm and now - calm >= calm_after then
    redis.call('HDEL', outbox_state, 'busy', 'calm')
    tell('c', 'n', int(count_active()))
    busy, calm = false, false
  end
  return true
end

-- Notes whether the link is busy, and tells when that changes. Called after each change of its viewers, with their number
-- where it is known.
local function note_busy(count)
  if not end_calm() then return end
  count = count or count_active()
  if not busy then
    if count < busy_at then return end
    redis.call('HSET', outbox_state, 'busy', 1)
    busy = '1'
    tell('b', 'n', int(count))
  elseif count >= calm_share * busy_at then
    if calm then redis.call('HDEL', outbox_state, 'calm') end
    calm = false
  elseif not calm then
    redis.call('HSET', outbox_state, 'calm', int(now))
    calm = now
  end
end

-- Removes sessions that ended too long ago to resume, `limit` at most: their visits are over for good. Returns their number.
local function settle_gone(limit)
  local old = redis.call('ZRANGEBYSCORE', gone, '-inf', '(' .. int(now - resume_window), 'LIMIT', 0, limit)
  if #old == 0 then return 0 end
  local records = wants('f') and redis.call('HMGET', gone_records, unpack(old)) or {}
  redis.call('ZREM', gone, unpack(old))
  redis.call('HDEL', gone_records, unpack(old))
  for _, record in ipairs(records) do
    local visit = record and string.match(record, '^%S+')
    -- One that its owner left out of all numbers meanwhile is not told.
    if visit and redis.call('SISMEMBER', archived, visit) == 0 then tell('f', 'v', visit) end
  end
  return #old
end

-- A finished visit as text, and blanks divide its fields: joined, ended less `joined`, visible (all ms), page; then as in
-- a viewer's record, but for what clients observed: that stands in a field of its own, as it stands in the traits, so that
-- the release before can read the rest. The last is `u` and for how long after its end the viewer counted as active, in ms,
-- where the visit expired.
local function pack(viewer, ended, reported)
  local active_after = ended ~= now and ' u' .. int(inactive_after) or ''
  return table.concat({
    int(viewer.joined), int(ended - viewer.joined), int(reported and 1000 * reported or viewer.engaged),
    int(viewer.page), viewer.version, string.sub(viewer.traits, 1, 6), viewer.downloaded, viewer.pages, viewer.fingerprint,
    viewer.referrer, viewer.email,
  }, ' ') .. verified_mark(viewer) .. active_after
end

-- Ends a visit at `ended`, in ms. `reported` is the duration that the client sent, in seconds, or nil.
-- Commands that free memory come first: Redis then lets the rest of the script write, also at its memory limit.
local function end_visit(session, viewer, last, ended, reported)
  redis.call('ZREM', seen, session)
  redis.call('HDEL', active, session)
  redis.call('ZREM', newest, session)
  settle_gone(5)
  if not viewer then return end

  advance(viewer, last, ended)
  write_pages()
  local seconds = reported or math.floor(viewer.engaged / 1000 + 0.5)
  redis.call('LPUSH', durations, int(seconds))
  redis.call('LTRIM', durations, 0, durations_kept - 1)
  list_page(viewer)
  local fields, observed = { 'v', pack(viewer, ended, reported) }, string.sub(viewer.traits, 7)
  if observed ~= '' then
    fields[3], fields[4] = 'o', observed
  end
  local visit = redis.call('XADD', visits, '*', unpack(fields))
  if redis.call('SREM', archived, 's:' .. session) == 1 then redis.call('SADD', archived, visit) end
  redis.call('INCR', history)

  if resume_window > 0 and ended + resume_window >= now then
    redis.call('ZADD', gone, int(ended), session)
    redis.call('HSET', gone_records, session, visit .. ' ' .. encode(viewer, ended))
    -- Where the end is to be told, the records wait for that: a script that settles them comes in time, or late.
    local life = wants('f') and resume_window + gone_spare or resume_window
    redis.call('PEXPIRE', gone, life)
    redis.call('PEXPIRE', gone_records, life)
  elseif redis.call('SISMEMBER', archived, visit) == 0 then
    tell('f', 'v', visit)
  end
end

-- Ends the visits of viewers without activity since the cutoff, at their last activity: `limit` at most.
-- Returns their number.
local function sweep(limit)
  local dead = redis.call('ZRANGEBYSCORE', seen, '-inf', '(' .. int(cutoff), 'WITHSCORES', 'LIMIT', 0, limit)
  for i = 1, #dead, 2 do
    local session, last = dead[i], tonumber(dead[i + 1])
    local record = redis.call('HGET', active, session)
    end_visit(session, record and decode(record, last), last, last)
  end
  return #dead / 2
end

-- Removes the duration of a visit. Each visit is written with its duration: the list has the newest first, the
-- stream the newest last, so a visit's rank among the newest is the index of its duration. A visit whose rank is
-- beyond the list has lost its duration to later ones, even if some of those were withdrawn since.
local function withdraw_duration(visit)
  local since = redis.call('XREVRANGE', visits, '+', visit, 'COUNT', durations_kept)
  if #since > 0 and since[#since][1] == visit and #since <= redis.call('LLEN', durations) then
    redis.call('LSET', durations, #since - 1, 'withdrawn')
    redis.call('LREM', durations, 1, 'withdrawn')
  end
end

-- Resumes the visit of a session that ended within the resume window: returns the viewer, or nil when there is
-- none. Withdraws its duration and its finished visit: it leaves one of each when it ends for good. An archived visit
-- stays archived.
local function resume(session)
  local ended = tonumber(redis.call('ZSCORE', gone, session))
  local record = ended and ended + resume_window >= now and redis.call('HGET', gone_records, session)
  if not record then return nil end
  redis.call('ZREM', gone, session)
  redis.call('HDEL', gone_records, session)
  local visit, viewer = string.match(record, '^(%S+) (.*)$')
  withdraw_duration(visit)
  redis.call('XDEL', visits, visit)
  if redis.call('SREM', archived, visit) == 1 then redis.call('SADD', archived, 's:' .. session) end
  redis.call('INCR', history)
  return decode(viewer, ended)
end
