-- How a visit ends, and how it may be taken up again.

local newest, gone, gone_record, duration, visits = KEYS[5], KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local resume_window, durations_kept = tonumber(ARGV[3]), tonumber(ARGV[4])
local visits_kept = 10000

-- Sessions that ended too long ago to come back are forgotten, a few at a time.
local function forget_gone()
  local old = redis.call('ZRANGEBYSCORE', gone, '-inf', '(' .. int(now - resume_window), 'LIMIT', 0, 5)
  if #old > 0 then
    redis.call('ZREM', gone, unpack(old))
    redis.call('HDEL', gone_record, unpack(old))
  end
end

-- Ends a visit at `ended`, in ms. `reported` is the client's own duration in seconds, or nil.
-- What frees memory comes first: Redis then lets the rest of the script write even at its memory limit.
local function finish(session, viewer, last, ended, reported)
  redis.call('ZREM', seen, session)
  redis.call('HDEL', active, session)
  redis.call('ZREM', newest, session)
  forget_gone()
  if not viewer then return end

  advance(viewer, last, ended)
  credit()
  local seconds = reported or math.floor(viewer.engaged / 1000 + 0.5)
  redis.call('LPUSH', duration, int(seconds))
  redis.call('LTRIM', duration, 0, durations_kept - 1)
  local visit = redis.call('XADD', visits, 'MAXLEN', '~', visits_kept, '*',
    'session', session, 'joined', int(viewer.joined), 'ended', int(ended),
    'seconds', int(seconds), 'page', int(viewer.page), 'email', viewer.email)

  if resume_window > 0 and ended + resume_window >= now then
    redis.call('ZADD', gone, int(ended), session)
    redis.call('HSET', gone_record, session, visit .. ' ' .. encode(viewer, ended))
    redis.call('PEXPIRE', gone, resume_window)
    redis.call('PEXPIRE', gone_record, resume_window)
  end
end

-- Ends the visits of viewers that stopped beating, `most` at a time, at their last sign of life.
-- Returns how many.
local function sweep(most)
  local dead = redis.call('ZRANGEBYSCORE', seen, '-inf', '(' .. int(cutoff), 'WITHSCORES', 'LIMIT', 0, most)
  for i = 1, #dead, 2 do
    local session, last = dead[i], tonumber(dead[i + 1])
    local record = redis.call('HGET', active, session)
    finish(session, record and decode(record, last), last, last)
  end
  return #dead / 2
end

-- Durations and visits are written together, newest first and newest last, so a visit's place among the
-- newest visits is its duration's place in the list. A visit whose place is beyond the list's end has lost
-- its duration to later ones, even if some of those were withdrawn since.
local function withdraw_duration(visit)
  local since = redis.call('XREVRANGE', visits, '+', visit, 'COUNT', durations_kept)
  if #since > 0 and since[#since][1] == visit and #since <= redis.call('LLEN', duration) then
    redis.call('LSET', duration, #since - 1, 'withdrawn')
    redis.call('LREM', duration, 1, 'withdrawn')
  end
end

-- Takes up the visit of a session that ended within the resume window; nil when there is none.
-- Its duration and its finished visit are withdrawn: there will be one of each when it really ends.
local function resume(session)
  local ended = tonumber(redis.call('ZSCORE', gone, session))
  local record = ended and ended + resume_window >= now and redis.call('HGET', gone_record, session)
  if not record then return nil end
  redis.call('ZREM', gone, session)
  redis.call('HDEL', gone_record, session)
  local visit, viewer = string.match(record, '^(%S+) (.*)$')
  withdraw_duration(visit)
  redis.call('XDEL', visits, visit)
  return decode(viewer, ended)
end
