-- Shared by all scripts that touch viewers: the time, a viewer's record, and how reading time grows.

local active, seen, pages, live = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local clock, inactive_after = ARGV[1], tonumber(ARGV[2]) -- see unix_ms; ms
-- A longer gap between two signs of life, in ms, was not spent reading but for the first part of it: the device slept.
local longest_gap, read_of_gap = tonumber(ARGV[3]), tonumber(ARGV[4])

local now = unix_ms(clock)
local now_text = int(now)

-- Activity at the cutoff still counts as active, activity before it does not.
local cutoff = now - inactive_after

-- A record is text, and blanks divide its fields:
--
--   b<page> joined time visible epoch version traits downloaded pages fingerprint referrer email v
--
-- The last stands there where the e-mail address is verified. Fields of a newer version stand behind these, and are kept.
--
-- page        the page in view; 0: none is reported yet
-- joined      ms
-- time        ms; of a viewer who is away it is their reading time. Of one in view it is the time since `joined` that was
--             not spent reading: reading time then grows with last activity, and a heartbeat need not write the record
-- epoch       less `joined`; '-': none
-- version     of the file, its place in the link's list of versions
-- traits      browser, system and device, a character each; two of the country; whether the mark was here before,
--             '1' or '0'. Hyphens for what is not known. Behind these six, what clients observed: 'p' if the reader asked the
--             browser to print; ';page/thirds' for each page of which only parts are known to have been in view (1 the top,
--             2 the middle, 4 the bottom, summed); '>address' for each link opened
-- downloaded  ms after `joined`; '-': not
-- pages       'page:ms,page:ms' as first seen, the time since the last turn left out; '-': none yet; '?': not recorded
--
-- Fingerprint, referrer and e-mail may be empty. Version and pages of a record without 'b', of an earlier release, are not known.
local function decode_earlier(record)
  local page, joined, time, visible, epoch, fingerprint, email =
    string.match(record, '^(%d+) (%d+) (%-?%d+) ([01]) (%d+) (%S*) (.*)$')
  return {
    page = tonumber(page), joined = tonumber(joined), engaged = tonumber(time), visible = visible == '1',
    epoch = tonumber(epoch), version = '-', traits = '------', downloaded = '-', pages = '?',
    fingerprint = fingerprint, referrer = '', email = email, is_earlier = true,
  }
end

local function decode(record, last)
  local page, joined, time, visible, epoch, version, traits, downloaded, pages_seen, fingerprint, referrer, email, newer =
    string.match(record, '^b(%d+) (%d+) (%-?%d+) ([01]) (%S+) (%S+) (%S+) (%S+) (%S+) (%S*) (%S*) ([^ ]*)(.*)$')
  local viewer = page and {
    page = tonumber(page), joined = tonumber(joined), engaged = tonumber(time), visible = visible == '1',
    epoch = epoch == '-' and 0 or epoch + joined, version = version, traits = traits, downloaded = downloaded,
    pages = pages_seen, fingerprint = fingerprint, referrer = referrer, email = email, newer = newer,
  } or decode_earlier(record)
  if viewer.visible then viewer.engaged = last - viewer.joined - viewer.engaged end
  return viewer
end

local function encode(viewer, last)
  local time = viewer.engaged
  if viewer.visible then time = last - viewer.joined - time end
  return table.concat({
    'b' .. int(viewer.page), int(viewer.joined), int(time), viewer.visible and '1' or '0',
    viewer.epoch == 0 and '-' or int(viewer.epoch - viewer.joined), viewer.version, viewer.traits,
    viewer.downloaded, viewer.pages, viewer.fingerprint, viewer.referrer, viewer.email,
  }, ' ') .. (viewer.newer or '')
end

-- The record of a viewer who joins now, as `encode` writes it. All but the epoch are texts; most joins need no more.
local function encode_new(page, epoch, version, traits, fingerprint, referrer, email)
  epoch = epoch == 0 and '-' or int(epoch - now)
  return 'b' .. page .. ' ' .. now_text .. ' 0 1 ' .. epoch .. ' ' .. version .. ' ' .. traits .. ' - - ' .. fingerprint
    .. ' ' .. referrer .. ' ' .. email
end

-- What stands behind the e-mail address of one that is verified.
local function verified_mark(viewer)
  return string.sub((viewer.newer or '') .. ' ', 1, 3) == ' v ' and ' v' or ''
end

local function set_email(viewer, email, is_verified)
  local newer = string.sub(viewer.newer or '', #verified_mark(viewer) + 1)
  viewer.email, viewer.newer = email, (is_verified and ' v' or '') .. newer
end

-- The viewer and its last activity; no viewer when the session is not active. One that is not swept yet has a last activity
-- all the same.
local function find_viewer(session)
  local last = tonumber(redis.call('ZSCORE', seen, session))
  if not last or last < cutoff then return nil, last end
  local record = redis.call('HGET', active, session)
  if not record then return nil, last end
  return decode(record, last), last
end

-- Milliseconds of reading and turns to it by page, a text, until `write_pages` writes them.
local page_times, page_entries = {}, {}

local function add_page_time(page, time)
  if page ~= '0' then page_times[page] = (page_times[page] or 0) + time end
end

local function slept_since(last)
  return now - last > longest_gap
end

-- Adds reading time up to `till`. It grows only while the document is in view; a clock set back adds nothing.
local function advance(viewer, last, till)
  local spent = till - last
  if slept_since(last) then spent = math.min(spent, read_of_gap) end
  if not viewer.visible or spent <= 0 then return end
  viewer.engaged = viewer.engaged + spent
  add_page_time(int(viewer.page), spent)
end

-- One command for one number, two for more instead of an HINCRBY each; a script is atomic, so no write comes between.
local function write_pages()
  local fields, added, count = {}, {}, 0
  local function add(field, number)
    count = count + 1
    fields[count], added[count] = field, number
  end
  for page, time in pairs(page_times) do add(page .. ':ms', time) end
  for page, turns in pairs(page_entries) do add(page .. ':entries', turns) end
  page_times, page_entries = {}, {}
  if count == 0 then return end
  if count == 1 then
    redis.call('HINCRBY', pages, fields[1], int(added[1]))
    return
  end
  local sums = {}
  for i, before in ipairs(redis.call('HMGET', pages, unpack(fields))) do
    sums[2 * i - 1], sums[2 * i] = fields[i], int((before or 0) + added[i])
  end
  redis.call('HSET', pages, unpack(sums))
end

-- Adds the reading time since the last turn of a page to the list of pages seen: what the list does not hold yet.
local function list_page(viewer)
  local list = viewer.pages
  if list == '?' then return end
  local listed = 0
  for time in string.gmatch(list, ':(%d+)') do listed = listed + time end
  local page, time = int(viewer.page), math.max(0, viewer.engaged - listed)
  local before, time_before, behind = string.match(',' .. list, '^(.*,' .. page .. ':)(%d+)(.*)$')
  if before then
    viewer.pages = string.sub(before, 2) .. int(time_before + time) .. behind
    return
  end
  -- Page 0 is listed too, so that time before the first page is not another page's.
  if page == '0' and time == 0 then return end
  viewer.pages = (list == '-' and '' or list .. ',') .. page .. ':' .. int(time)
  -- A page of the list that has no thirds was in view whole.
  viewer.traits = string.gsub(viewer.traits, '^([^>]*);' .. page .. '/7', '%1')
end

local most_clicked = 20

-- Adds parts of pages, 'page/thirds' with blanks between, to those in a viewer's traits. One pass over each list.
local function add_parts(viewer, parts, observed)
  local is_listed, order, sums = {}, {}, {}
  for page in string.gmatch(viewer.pages, '(%d+):') do is_listed[page] = true end
  for page, thirds in string.gmatch(parts, ';(%d+)/(%d)') do
    order[#order + 1] = page
    sums[page] = thirds
  end
  for page, thirds in string.gmatch(observed, '(%d+)/(%d)') do
    if sums[page] then
      sums[page] = bit.bor(sums[page], thirds)
    elseif viewer.pages ~= '?' and not is_listed[page] then
      order[#order + 1] = page
      sums[page] = thirds
    end -- Otherwise it was seen whole, or nothing is known of its parts.
  end
  local added = {}
  for _, page in ipairs(order) do
    if sums[page] ~= 7 or not is_listed[page] then added[#added + 1] = ';' .. page .. '/' .. sums[page] end
  end
  return table.concat(added)
end

-- Adds what a client observed: 'page/thirds', 'p' and '>address', in this order and each with a blank behind it. False when
-- all of it was known.
local function observe(viewer, observed)
  local head, parts, clicked = string.match(viewer.traits, '^(......p?)([^>]*)(.*)$')
  local pages_end = string.match(observed, '^[%d/ ]*()')
  if pages_end > 1 then parts = add_parts(viewer, parts, string.sub(observed, 1, pages_end - 1)) end
  local _, count = string.gsub(clicked, '>', '>')
  for item in string.gmatch(string.sub(observed, pages_end), '%S+') do
    if item == 'p' then
      head = string.sub(head, 1, 6) .. 'p'
    elseif count < most_clicked and not string.find(clicked .. '>', item .. '>', 1, true) then
      clicked, count = clicked .. item, count + 1
    end
  end
  local traits = head .. parts .. clicked
  if traits == viewer.traits then return false end
  viewer.traits = traits
  return true
end

-- Forgets the parts of pages: the file was replaced.
local function forget_parts(viewer)
  local marks, clicked = string.match(viewer.traits, '^([^>]*)(.*)$')
  viewer.traits = string.gsub(marks, ';.*', '') .. clicked
end

-- Counts an entry of a page, a text; 0 is none.
local function enter_page(page)
  if page ~= '0' then page_entries[page] = (page_entries[page] or 0) + 1 end
end

-- Moves the viewer to a page and counts the entry. False when the page is the same, or 0.
local function turn_page(viewer, page)
  if page == 0 or page == viewer.page then return false end
  list_page(viewer)
  viewer.page = page
  enter_page(int(page))
  return true
end
