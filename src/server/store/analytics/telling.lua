-- Shared by the scripts after which a link may have something to tell without another change.

-- When that is, in ms; 0: never.
local function tells_next()
  local next_time = 0
  local first = wants('f') and redis.call('ZRANGE', gone, 0, 0, 'WITHSCORES')[2]
  if first then next_time = first + resume_window + 1 end
  local calm = busy_at and tonumber(redis.call('HGET', outbox_state, 'calm'))
  if calm and (next_time == 0 or calm + calm_after < next_time) then next_time = calm + calm_after end
  return next_time
end
