# Sourced by the scripts beside it: installs the programs that the tests compare with or drive, as far as they are missing.

install_peers() {
    local missing=()
    command -v redis-server > /dev/null || missing+=(redis-server)
    command -v redis-cli > /dev/null || missing+=(redis-tools)
    /usr/bin/python3 -c 'import redis' 2> /dev/null || missing+=(python3-redis)
    command -v node > /dev/null || missing+=(nodejs)
    command -v npm > /dev/null || missing+=(npm)
    command -v script > /dev/null || missing+=(bsdutils)
    command -v strace > /dev/null || missing+=(strace)
    if [ ${#missing[@]} -gt 0 ]; then
        apt-get update -q
        DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
        # Debian's package may start a server of its own, which would hold the port.
        if [[ " ${missing[*]} " == *" redis-server "* ]] && command -v service > /dev/null; then
            service redis-server stop || true
        fi
    fi
    (cd tests/Clients/node && npm ci --no-audit --no-fund)
    (cd tests/Http/node && npm ci --no-audit --no-fund)
}

# Debian's Chromium, which is large: for those who drive the key browser.
install_chromium() {
    command -v chromium > /dev/null && return
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium
}

# Installs what the tours of one language need, if it is not there: install_language NAME TEST PACKAGE...
# The test is a command that succeeds where they are. A registry may lack them: then the tours are left out, and their name is noted.
left_out=()
install_language() {
    local name=$1 is_there=$2
    shift 2
    eval "$is_there" > /dev/null 2>&1 && return
    apt-get update -q > /dev/null || true
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" || true
    eval "$is_there" > /dev/null 2>&1 && return
    left_out+=("$name, for want of some of: $*")
    return 1
}

is_listened_on() {
    (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null
}

free_port() {
    /usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# Waits up to a minute until a server answers PING: await_server PORT PID
await_server() {
    local tries=0
    until [ "$(redis-cli -p "$1" PING 2> /dev/null)" = PONG ]; do
        kill -0 "$2" || return 1
        tries=$((tries + 1))
        [ "$tries" -lt 300 ] || return 1
        sleep 0.2
    done
}
