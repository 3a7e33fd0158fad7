#!/bin/sh
# Does `promtool check metrics` judge the page of a program that writes OpenMetrics?
#
# One would guess: yes. Prometheus has asked for OpenMetrics first for years, promtool is of the same source and version, and
#   the official Rust client writes nothing else.
# So it is: Prometheus scrapes the page, and promtool reads it as the older text format whatever it ends with. An `info`
#   metric is a syntax error (exit 1). Without it every counter is reported as lacking a help text (exit 3): in OpenMetrics
#   the help belongs to the name without `_total`. "# EOF" is taken for a comment.
# What follows: a page that is linted in CI has to be written in the older format too, for who does not ask for OpenMetrics
#   in `Accept`. The exit code alone would have told nothing of the page's real faults.
#
# Needs cargo, python3 and Debian's apt. Exits non-zero when one of them behaves otherwise.
set -eu
folder=$(mktemp -d)
server= scraper=
trap 'kill $server $scraper 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"

apt-get download -qq prometheus=2.42.0+ds-5+deb12u1 >/dev/null 2>&1
dpkg-deb -x prometheus_*.deb debian
bin=$folder/debian/usr/bin
"$bin/promtool" --version | head -1

cargo init --quiet --vcs none --name page program
cd program
cargo add --quiet prometheus-client@=0.24.1
cat >src/main.rs <<'END'
use prometheus_client::metrics::{counter::Counter, info::Info};
use prometheus_client::registry::Registry;

fn main() {
    let mut registry = Registry::default();
    if std::env::args().len() > 1 {
        registry.register("build", "The build", Info::new([("version", "1.2.3")]));
    }
    let sign_ins = Counter::<u64>::default();
    sign_ins.inc_by(5);
    registry.register("sign_ins", "Sign-ins so far", sign_ins);
    let mut page = String::new();
    prometheus_client::encoding::text::encode(&mut page, &registry).unwrap();
    print!("{page}");
}
END
cargo build --quiet
cd ..
echo "prometheus-client 0.24.1:"
program/target/debug/page with-info | tee with-info.txt
program/target/debug/page >without-info.txt

lint() {
    code=0
    "$bin/promtool" check metrics <"$1" >said.txt 2>&1 || code=$?
    echo "promtool check metrics <$1: exit $code: $(cat said.txt)"
    [ "$code" = "$2" ]
    grep -q "$3" said.txt
}
lint with-info.txt 1 'unknown metric type "info"'
lint without-info.txt 3 'sign_ins_total no help text'

# The same page, scraped.
cat >serve.py <<'END'
import http.server


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8")
        self.end_headers()
        self.wfile.write(open("with-info.txt", "rb").read())

    def log_message(self, *arguments):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Page)
print(server.server_address[1], flush=True)
server.serve_forever()
END
python3 serve.py >port.txt &
server=$!
until [ -s port.txt ]; do sleep 0.1; done
cat >prometheus.yml <<END
global: { scrape_interval: 1s }
scrape_configs: [{ job_name: page, static_configs: [{ targets: ["127.0.0.1:$(cat port.txt)"] }] }]
END
own=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$bin/prometheus" --config.file=prometheus.yml --storage.tsdb.path=data --web.listen-address="127.0.0.1:$own" >prometheus.log 2>&1 &
scraper=$!
cat >ask.py <<'END'
import json, sys, time, urllib.request

for _ in range(120):
    try:
        address = f"http://127.0.0.1:{sys.argv[1]}/api/v1/query?query=sign_ins_total"
        found = json.load(urllib.request.urlopen(address))["data"]["result"]
        if found:
            print("Prometheus scraped: sign_ins_total", found[0]["value"][1])
            sys.exit(found[0]["value"][1] != "5")
    except OSError:
        pass
    time.sleep(0.5)
sys.exit("Prometheus scraped nothing")
END
python3 ask.py "$own"
