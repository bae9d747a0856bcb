// The HTML5 Gateway: serves the page that shows a desktop, and its tunnel to guacd.

import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { fileURLToPath } from "node:url";
import GuacamoleLite from "guacamole-lite";
import { open } from "./token.mjs";

const VERSION = "@VERSION@";
const SETTINGS = "/etc/ipdiva/html5-gateway";
const SITE_KEY = "/etc/ipdiva/care/html5.key";
const LONGEST_TOKEN = 4096;
const HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; media-src blob:; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
};
const FILES = {
    "/": ["text/html; charset=utf-8", "page/index.html"],
    "/page.css": ["text/css", "page/page.css"],
    "/page.js": ["text/javascript", "page/page.js"],
    "/guacamole.js": ["text/javascript", "node_modules/guacamole-common-js/dist/esm/guacamole-common.min.js"],
};
// What a desktop is like here; where it is and for whom is in the token. No ignore-cert: guacd (FreeRDP) verifies.
const DESKTOP = { security: "tls", width: 1024, height: 768, dpi: 96, audio: [], "disable-audio": "true" };
// guacd 1.3 begins to draw in one thread while another still adds the user to those who are told: where drawing is
// quicker, the desktop's size is told to nobody, and it stays 0 by 0 for good. A second to wake the server lets the user
// be first; the packet goes no further than loopback.
const USER_FIRST = {
    "wol-send-packet": "true", "wol-wait-time": 1, "wol-mac-addr": "00:00:00:00:00:00", "wol-broadcast-addr": "127.0.0.1",
};

function read(name) {
    return readFileSync(fileURLToPath(new URL(name, import.meta.url)));
}

function serveFiles(files) {
    return (request, response) => {
        const [type, content] = files[request.url.split("?", 1)[0]] ?? ["text/plain", null];
        response.writeHead(content === null ? 404 : 200, { ...HEADERS, "Content-Type": type });
        response.end(content ?? "Not found.\n");
    };
}

// Decides on the tunnel's WebSocket before it is opened: guacamole-lite itself decrypts tokens, but checks no more.
function admit(key) {
    return ({ req: request }) => {
        const source = `ip:${request.socket.remoteAddress}`;
        try {
            const launch = open(tokenOf(request), key, Date.now());
            console.log(`Lancement d'une application HTML5 : ${launch.server_name} org:main, user:${launch.user}, ${source}`);
            return true;
        } catch (problem) {
            console.log(`Jeton refusé : ${problem.message}, ${source}`);
            return false;
        }
    };
}

function tokenOf(request) {
    const tokens = new URL(request.url, "https://html5").searchParams.getAll("token");
    if (tokens.length !== 1 || tokens[0].length > LONGEST_TOKEN)
        throw new Error("there is not one token of a sound length");
    return tokens[0];
}

function serve() {
    const files = Object.fromEntries(Object.entries(FILES).map(([url, [type, name]]) => [url, [type, read(name)]]));
    files["/"][1] = files["/"][1].toString().replace("{version}", VERSION);
    const key = Buffer.from(readFileSync(SITE_KEY, "ascii").trim(), "hex");
    const pem = readFileSync(`${SETTINGS}/certificate.pem`);
    const server = createServer({ cert: pem, key: pem, minVersion: "TLSv1.2" }, serveFiles(files));
    new GuacamoleLite(
        { server, path: "/tunnel", verifyClient: admit(key), maxPayload: 1024 * 1024 },
        { host: "127.0.0.1", port: 4822 },
        {
            crypt: { cypher: "AES-256-CBC", key },
            log: { level: "ERRORS" },
            connectionDefaultSettings: { rdp: { ...DESKTOP, ...USER_FIRST } },
        },
    );
    process.on("SIGTERM", () => process.exit(0)); // after guacamole-lite's own handler, which closes the desktops
    server.listen(443, () => console.log(`Démarrage de la passerelle HTML5 ${VERSION}`));
}

if (process.argv.includes("--version"))
    console.log(`ipdiva-html5-gateway ${VERSION}`);
else
    serve();
