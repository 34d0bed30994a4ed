-- Stands before every script: scripts.rs joins it to each.

-- A number with all its digits. Lua prints large ones as 1.7e+12.
local function int(number)
  return string.format('%.0f', number)
end

-- Unix microseconds by Redis' clock, so that all app servers agree.
local function unix_us()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end

-- Unix milliseconds: `override` where a test sets the time, Redis' clock where it is ''.
local function unix_ms(override)
  return tonumber(override) or math.floor(unix_us() / 1000)
end

-- Tells the channel's subscribers that something changed: those of one topic, or all of them without one. A script
-- calls it last. It uses pcall: a missing right on the channel must not leave half an operation behind.
local function announce(channel, topic)
  redis.pcall('SPUBLISH', channel, topic or '')
end
