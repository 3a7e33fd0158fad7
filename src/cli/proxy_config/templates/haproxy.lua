-- Asks Portico about each request before HAProxy (2.6 or newer) lets it through.
--
--   setenv PORTICO_ASK http://127.0.0.1:8080/verify/haproxy
--   setenv PORTICO_NAMES portico-user,portico-name
--   setenv PORTICO_REFUSED true
--   lua-load-per-thread /etc/haproxy/portico.lua
--
--   http-request lua.portico_verify
--   use_backend portico_refused if { var(txn.portico_refused) -m bool }
--
-- Only a 200 goes on, with every name that is listed on it, empty if need be. A refusal is the answer to the client. Anything else, and
-- no answer, is 503: without Portico nobody goes on. With PORTICO_REFUSED, which says that the last line above is there, a refused
-- request that may have a body goes to Portico instead.

local ask = os.getenv("PORTICO_ASK")

local hands_over = os.getenv("PORTICO_REFUSED") == "true"

local names = {}
for name in string.gmatch(os.getenv("PORTICO_NAMES"), "[^,]+") do
    names[#names + 1] = name
end

-- What the decision hangs on, besides what HAProxy says itself. Nothing else of the client's travels.
local passed_on = {
    "cookie", "accept", "origin", "user-agent", "access-control-request-method", "x-requested-with",
    "sec-fetch-mode", "sec-fetch-dest", "sec-purpose", "sec-websocket-key", "sec-websocket-version",
}

-- What a refusal says to the client.
local answered = {
    "location", "www-authenticate", "content-type", "cache-control", "vary", "retry-after", "portico-sign-in", "portico-reason",
    "content-security-policy", "x-content-type-options", "x-frame-options", "referrer-policy", "permissions-policy",
    "cross-origin-opener-policy", "cross-origin-resource-policy", "strict-transport-security",
}

local refusals = { [302] = true, [400] = true, [401] = true, [403] = true, [503] = true }

local function first(headers, name)
    local lines = headers and headers[name]
    return lines and (lines[0] or lines[1])
end

-- Whether a request has no body, no upgrade and no method but its own, for portal.preflight.
local function is_head_only(txn, sent)
    for name, lines in pairs(sent) do
        if name == "transfer-encoding" or name == "upgrade" then
            return false
        elseif name == "content-length" and (lines[0] ~= "0" or lines[1]) then
            return false
        elseif name:find("method", 1, true) and name ~= "access-control-request-method" then
            return false
        end
    end
    -- Newer versions of HTTP need not announce a body.
    return txn.sf:req_ver():find("^1%.") ~= nil
end

local function question(txn)
    local sent, headers = txn.http:req_get_headers(), {}
    for _, name in ipairs(passed_on) do
        local lines = sent[name]
        if lines then
            headers[name] = {}
            for at = 0, #lines do
                headers[name][at + 1] = lines[at]
            end
        end
    end
    for _, name in ipairs({ "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto" }) do
        headers[name] = { first(sent, name) }
    end
    headers["x-forwarded-method"] = { txn.sf:method() }
    headers["x-forwarded-uri"] = { txn.sf:pathq() }
    headers["portico-head-only"] = { is_head_only(txn, sent) and "yes" or "no" }
    return headers
end

local function refuse(txn, status, headers, body)
    local reply = txn:reply({ status = status })
    for _, name in ipairs(answered) do
        local value = first(headers, name)
        if value then
            reply:add_header(name, value)
        end
    end
    reply:set_body(body or "")
    txn:done(reply)
end

-- The cookies of a line that are not Portico's; nil when there are none. A line without Portico's stays as it is.
local function others(line)
    local kept, has_ours = {}, false
    for pair in string.gmatch(line, "[^;]+") do
        local cookie = string.match(pair, "^%s*(.-)%s*$")
        local name = string.match(cookie, "^[^=]*")
        local bare = string.gsub(string.gsub(name, "^__Host%-", ""), "^__Secure%-", "")
        if string.sub(bare, 1, 8) == "portico-" then
            has_ours = true
        elseif cookie ~= "" then
            kept[#kept + 1] = cookie
        end
    end
    if #kept == 0 then
        return nil
    end
    return has_ours and table.concat(kept, "; ") or line
end

-- Portico's cookies are none of the portal's.
local function keep_cookies(txn)
    local lines = txn.http:req_get_headers()["cookie"]
    if not lines then
        return
    end
    txn.http:req_del_header("cookie")
    for at = 0, #lines do
        local kept = others(lines[at])
        if kept then
            txn.http:req_add_header("cookie", kept)
        end
    end
end

core.register_action("portico_verify", { "http-req" }, function(txn)
    local answer = core.httpclient():get({ url = ask, headers = question(txn), timeout = 10000 })
    local status = answer and answer.status
    if status == 200 then
        for _, name in ipairs(names) do
            txn.http:req_set_header(name, first(answer.headers, name) or "")
        end
        keep_cookies(txn)
        return
    end
    if not refusals[status] then
        return refuse(txn, 503, nil, nil)
    end
    -- A client that is still sending would not see an answer of HAProxy's own: Portico reads to the end, and answers.
    local method = txn.sf:method()
    if method ~= "GET" and method ~= "HEAD" then
        if hands_over then
            txn:set_var("txn.portico_refused", true)
            return
        end
        -- What was posted must not be posted to the form.
        status = status == 302 and 303 or status
    end
    refuse(txn, status, answer.headers, answer.body)
end)
