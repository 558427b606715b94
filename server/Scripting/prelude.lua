-- Makes of Lua 5.4 what scripts of Redis see: Lua 5.1, read-only. Runs once for each state. What it is given: functions of the server, the version as
-- text and as number, whether libraries of functions are loaded here. What it returns: the environment of scripts, the globals behind it, the function
-- that makes text of what is joined, the function that explains an error.
local host, version, version_number, is_for_functions = ...

local error, type, select, next, ipairs, rawget, rawset, rawequal, xpcall, load = error, type, select, next, ipairs, rawget, rawset, rawequal, xpcall, load
local tostring, tonumber, setmetatable, getmetatable = tostring, tonumber, setmetatable, getmetatable
local string, table, math, coroutine = string, table, math, coroutine
local format, find, match, sub, byte, gsub, lower = string.format, string.find, string.match, string.sub, string.byte, string.gsub, string.lower
local getinfo, running = debug.getinfo, host.running
local remove, unpack = table.remove, table.unpack

-- Numbers are shown with 14 digits, whole or not.
local function number_text(n)
  return format("%.14g", n)
end

local function text(v, description)
  local t = type(v)
  if t == "string" then return v end
  if t == "number" then return number_text(v) end
  local meta = getmetatable(v)
  if t ~= "string" and type(meta) == "table" and rawget(meta, "__concat") then return v end
  if description then
    error("attempt to concatenate " .. description .. " (a " .. t .. " value)", 2)
  end
  error("attempt to concatenate a " .. t .. " value", 2)
end

-- Errors as Lua 5.1 words them, at the place in the script.
local prelude = getinfo(1, "S").source

local function place(thread, level)
  while true do
    local info
    if thread then info = getinfo(thread, level, "Sl") else info = getinfo(level, "Sl") end
    if not info then return nil end
    if info.what ~= "C" and info.source ~= prelude then return info end
    level = level + 1
  end
end

local texts = {
  { "^(.*)bad argument #1 to 'for iterator' %(table expected, got (.*)%)$", "%1bad argument #1 to 'next' (table expected, got %2)" },
  { "^(.*)bad argument #(%d+) to '(.-)' %(number has no integer representation%)$", "%1bad argument #%2 to '%3' (number expected, got number)" },
  { "^(.*)invalid capture index %%%d+ in replacement string$", "%1invalid capture index" },
  { "^(.*)invalid capture index %%%d+$", "%1invalid capture index" },
  { "^(.*)invalid option '(.-)' to 'format'$", "%1invalid option '%2' to 'format'" },
  { "^(.*)to 'char' %(value out of range%)$", "%1to 'char' (invalid value)" },
  { "^(.*)to '(m[axin]+)' %(value expected%)$", "%1to '%2' (number expected, got no value)" },
  { "^(.*)bad 'for' (%a+) value %(number expected, got .*%)$", "%1'for' %2 value must be a number" },
  { "^(.*)bad 'for' (%a+) %(number expected, got .*%)$", "%1'for' %2 must be a number" },
  { "^(.*)%(string/function/table expected, got .*%)$", "%1(string/function/table expected)" },
}

local function as_before(message)
  local head, verb, t, kind, name = match(message, "^(.*)attempt to ([%a ]-) an? ([%a_]+) value %((%a[%a ]*) '(.-)'%)$")
  if head then
    if name == "integer index" then name = "?" end
    if kind == "global" or kind == "local" or kind == "method" or kind == "field" or kind == "upvalue" then
      return head .. "attempt to " .. verb .. " " .. kind .. " '" .. name .. "' (a " .. t .. " value)"
    end
    return head .. "attempt to " .. verb .. " a " .. t .. " value"
  end
  for _, pair in ipairs(texts) do
    local changed, count = gsub(message, pair[1], pair[2])
    if count > 0 then return changed end
  end
  return message
end

local function worded(message, thread, level)
  if byte(message, 1) == 1 then
    local rest = match(message, "^\1:%d+: (.*)$") or message
    local info = place(thread, level)
    message = info and info.short_src .. ":" .. info.currentline .. ": " .. rest or rest
  end
  return as_before(message)
end

-- What every error passes that a script catches.
local function handler(e)
  host.caught()
  if type(e) == "string" then return worded(e, nil, 3) end
  return e
end

local function explain(thread, e)
  local info = place(thread, 0)
  local source, line = info and info.source, info and info.currentline
  if type(e) == "table" then
    local message = rawget(e, "err")
    if type(message) == "number" then message = number_text(message) end
    if type(message) ~= "string" then message = "(null)" end
    return message, source, line, rawget(e, "ignore_error_stats_update") == true
  end
  if type(e) == "string" then e = worded(e, thread, 0)
  elseif type(e) == "number" then e = number_text(e)
  else e = tostring(e) end
  return "ERR " .. e, source, line, false
end

-- What scripts may read and not change: an empty table before the real one.
local real_of = {}

local function refuse()
  error("Attempt to modify a readonly table", 2)
end

local function protected(t)
  local proxy = setmetatable({}, { __index = t, __newindex = refuse })
  real_of[proxy] = t
  return proxy
end

local function bad_argument(position, name, expected, ...)
  local got = select("#", ...) == 0 and "no value" or type((...))
  error("bad argument #" .. position .. " to '" .. name .. "' (" .. expected .. " expected, got " .. got .. ")", 3)
end

local globals = { _VERSION = "Lua 5.1" }
local environment = protected(globals)
globals._G = environment
local missing = function(_, name)
  error("Script attempted to access nonexistent global variable '" .. tostring(name) .. "'", 2)
end
setmetatable(globals, { __index = missing })
local environment_meta = protected({ __index = missing })

-- Base functions.
for _, name in ipairs({ "rawequal", "select", "type" }) do
  globals[name] = _G[name]
end

globals.error = function(e, level)
  if type(e) == "number" then e = number_text(e) end
  level = level or 1
  error(e, level == 0 and 0 or level + 1)
end

globals.assert = function(...)
  local v, message = ...
  if v then return ... end
  if select("#", ...) == 0 then error("bad argument #1 to 'assert' (value expected)", 2) end
  if message == nil then error("assertion failed!", 2) end
  if type(message) == "number" then message = number_text(message) end
  if type(message) ~= "string" then bad_argument(2, "assert", "string", message) end
  error(message, 2)
end

globals.tostring = function(...)
  local v = ...
  if type(v) == "number" then return number_text(v) end
  return tostring(...)
end

local words = { inf = math.huge, infinity = math.huge, nan = -(0 / 0) }

globals.tonumber = function(...)
  local v, base = ...
  if base == nil or base == 10 then
    if type(v) == "number" then return v end
    if type(v) ~= "string" then
      if select("#", ...) == 0 then error("bad argument #1 to 'tonumber' (value expected)", 2) end
      return nil
    end
    local n = tonumber(v)
    if n then
      if n == 0 and find(v, "^%s*-") then return -0.0 end
      return n + 0.0
    end
    local sign, word = match(lower(v), "^%s*([+-]?)(%a+)%s*$")
    n = words[word]
    return n and (sign == "-" and -n or n) or nil
  end
  if type(v) == "number" then v = number_text(v) end
  local n = tonumber(v, base)
  return n and n + 0.0
end

-- Lua 5.1 has no finalizers of tables, and what they would run here no script would answer for.
globals.setmetatable = function(t, meta)
  if real_of[t] then error("Attempt to modify a readonly table", 0) end
  local finalizer = type(meta) == "table" and rawget(meta, "__gc")
  if not finalizer then return setmetatable(t, meta) end
  meta.__gc = nil
  setmetatable(t, meta)
  meta.__gc = finalizer
  return t
end

globals.rawset = function(t, k, v)
  if real_of[t] then error("Attempt to modify a readonly table", 0) end
  return rawset(t, k, v)
end

globals.rawget = function(t, k)
  return rawget(real_of[t] or t, k)
end

globals.next = function(t, k)
  return next(t and real_of[t] or t, k)
end

globals.pairs = function(...)
  local t = ...
  if type(t) ~= "table" then bad_argument(1, "pairs", "table", ...) end
  local real = real_of[t]
  if not real then return next, t, nil end
  -- The real table stays unseen.
  return function(_, k) return next(real, k) end, t, nil
end

globals.ipairs = function(...)
  local t = ...
  if type(t) ~= "table" then bad_argument(1, "ipairs", "table", ...) end
  return ipairs(t)
end

globals.unpack = function(...)
  local t = ...
  if type(t) ~= "table" then bad_argument(1, "unpack", "table", ...) end
  return unpack(...)
end

-- Redis hands on the text of an error that is a table with one.
local function outcome(ok, e, ...)
  if ok then return ok, e, ... end
  if type(e) == "table" then
    local message = rawget(e, "err")
    if type(message) == "string" or type(message) == "number" then return false, message end
  end
  return false, e
end

globals.pcall = function(f, ...)
  return outcome(xpcall(f, handler, ...))
end

-- A script's own handler runs when the error has been caught: before that Lua calls no hooks, and it could not be ended.
local function handled(h, ok, e, ...)
  if ok then return ok, e, ... end
  local _, result = xpcall(h, handler, e)
  return false, result
end

globals.xpcall = function(f, h)
  return handled(h, xpcall(f, handler))
end

local function compile(source, name)
  local translated, problem = host.translate(source, name)
  if not translated then return nil, problem end
  local chunk, fault = load(translated, name, "t", environment)
  if not chunk then return nil, fault end
  return chunk(text, select)
end

globals.loadstring = function(source, name)
  if type(source) == "number" then source = number_text(source) end
  if type(source) ~= "string" then bad_argument(1, "loadstring", "string", source) end
  return compile(source, name or source)
end

globals.load = function(reader, name)
  if type(reader) ~= "function" then bad_argument(1, "load", "function", reader) end
  local pieces, count = {}, 0
  while true do
    local piece = reader()
    if piece == nil or piece == "" then break end
    if type(piece) ~= "string" then return nil, "reader function must return a string" end
    count = count + 1
    pieces[count] = piece
  end
  return compile(table.concat(pieces), name or "=(load)")
end

globals.collectgarbage = function(option)
  option = option or "collect"
  if option == "count" then return collectgarbage("count") end
  if option == "collect" or option == "step" then
    collectgarbage(option)
    return 0
  end
  if option == "stop" or option == "restart" or option == "setpause" or option == "setstepmul" then return 0 end
  error("bad argument #1 to 'collectgarbage' (invalid option '" .. tostring(option) .. "')", 2)
end

globals.gcinfo = function()
  return math.floor(collectgarbage("count"))
end

-- Libraries.
local function library(source, names)
  local t = {}
  for name in string.gmatch(names, "%S+") do
    t[name] = source[name]
  end
  return t
end

local strings = library(string, "byte char dump find gmatch gsub len lower match rep reverse sub upper")
strings.gfind = string.gmatch
strings.format = host.format

local tables = library(table, "insert sort")
tables.concat = host.concat
tables.getn = function(...)
  local t = ...
  if type(t) ~= "table" then bad_argument(1, "getn", "table", ...) end
  return #t
end
tables.setn = function()
  error("'setn' is obsolete", 2)
end
tables.maxn = function(t)
  if type(t) ~= "table" then bad_argument(1, "maxn", "table", t) end
  local max = 0
  for k in next, t do
    if type(k) == "number" and k > max then max = k end
  end
  return max
end
tables.foreach = function(t, f)
  for k, v in next, t do
    local r = f(k, v)
    if r ~= nil then return r end
  end
end
tables.foreachi = function(t, f)
  for i = 1, #t do
    local r = f(i, t[i])
    if r ~= nil then return r end
  end
end
tables.remove = function(t, position)
  if type(t) == "table" and type(position) == "number" and (position < 1 or position > #t) then return end
  return remove(t, position)
end
tables.insert = function(...)
  local t, position, value = ...
  if select("#", ...) == 3 and type(t) == "table" and type(position) == "number" then
    local last = #t + 1
    if position > last then last = position end
    for i = last, position + 1, -1 do t[i] = t[i - 1] end
    t[position] = value
    return
  end
  return table.insert(...)
end

local maths = library(math, "abs acos asin atan ceil cos deg exp floor huge log max min modf pi rad sin sqrt tan")
local log, sqrt, exp, atan = math.log, math.sqrt, math.exp, math.atan
maths.atan = function(x) return atan(x) end
maths.atan2 = function(y, x) return atan(y, x) end
maths.log = function(x) return log(x) end
maths.log10 = function(x) return log(x, 10) end
maths.pow = function(x, y) return x ^ y end
maths.fmod = function(x, y) return math.fmod(x + 0.0, y + 0.0) end
maths.mod = maths.fmod
maths.sinh = function(x) return (exp(x) - exp(-x)) / 2 end
maths.cosh = function(x) return (exp(x) + exp(-x)) / 2 end
maths.tanh = host.tanh
maths.frexp = host.frexp
maths.ldexp = function(m, e) return m * 2.0 ^ e end
maths.random = host.random
maths.randomseed = host.randomseed

local coroutines = library(coroutine, "create status wrap")
coroutines.running = running
coroutines.yield = function(...)
  if not running() then error("attempt to yield across metamethod/C-call boundary", 0) end
  return coroutine.yield(...)
end
local function resumed(ok, e, ...)
  if not ok and type(e) == "string" then return ok, worded(e, nil, 4) end
  return ok, e, ...
end
coroutines.resume = function(thread, ...)
  if type(thread) ~= "thread" then error("bad argument #1 to 'resume' (coroutine expected)", 2) end
  return resumed(coroutine.resume(thread, ...))
end

local redis = {
  LOG_DEBUG = 0, LOG_VERBOSE = 1, LOG_NOTICE = 2, LOG_WARNING = 3,
  REPL_NONE = 0, REPL_AOF = 1, REPL_SLAVE = 2, REPL_REPLICA = 2, REPL_ALL = 3,
  REDIS_VERSION = version, REDIS_VERSION_NUM = version_number,
  call = host.call, pcall = host.pcall, log = host.log, sha1hex = host.sha1hex, error_reply = host.error_reply, status_reply = host.status_reply,
  setresp = host.setresp, set_repl = host.set_repl, acl_check_cmd = host.acl_check_cmd,
}
if not is_for_functions then
  -- There is no debugger.
  redis.breakpoint = function() return false end
  redis.debug = function() end
  redis.replicate_commands = function() return true end
end

globals.string = protected(strings)
globals.table = protected(tables)
globals.math = protected(maths)
globals.coroutine = protected(coroutines)
globals.redis = protected(redis)
globals.os = protected({ clock = host.clock })
for _, name in ipairs({ "cjson", "cmsgpack", "bit", "struct" }) do
  globals[name] = protected(host[name])
end
local string_meta = protected({ __index = globals.string })
globals.getmetatable = function(v)
  if type(v) == "string" then return string_meta end
  if rawequal(v, environment) then return environment_meta end
  if type(v) == "table" and real_of[v] then return nil end
  return getmetatable(v)
end

-- Methods of strings, and their arithmetic: a string that reads as a number is one.
local meta_of_strings = getmetatable("")
meta_of_strings.__index = strings

local function arithmetic(event, operate)
  meta_of_strings[event] = function(a, b)
    local x, y = globals.tonumber(a), globals.tonumber(b)
    if x and y then return operate(x, y) end
    local other = getmetatable(type(a) == "string" and b or a)
    if type(other) == "table" and other ~= meta_of_strings and rawget(other, event) then return other[event](a, b) end
    error("attempt to perform arithmetic on a " .. type(x and b or a) .. " value", 2)
  end
end

arithmetic("__add", function(x, y) return x + y end)
arithmetic("__sub", function(x, y) return x - y end)
arithmetic("__mul", function(x, y) return x * y end)
arithmetic("__div", function(x, y) return x / y end)
arithmetic("__mod", function(x, y) return x % y end)
arithmetic("__pow", function(x, y) return x ^ y end)
arithmetic("__unm", function(x) return -x end)
meta_of_strings.__idiv = nil

-- While a library is loaded there is little more than what registers functions.
local load_redis = { register_function = host.register_function }
for _, name in ipairs({ "log", "LOG_DEBUG", "LOG_VERBOSE", "LOG_NOTICE", "LOG_WARNING", "REDIS_VERSION", "REDIS_VERSION_NUM" }) do
  load_redis[name] = redis[name]
end
setmetatable(load_redis, { __index = missing })
local load_globals = setmetatable({ redis = protected(load_redis) }, { __index = missing })

local function set_loading(is_loading)
  getmetatable(environment).__index = is_loading and load_globals or globals
end

return { environment, globals, text, explain, set_loading, select }
