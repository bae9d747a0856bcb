// Shows the desktop that the token in the address stands for.

import Guacamole from "./guacamole.js";

const STATES = ["connecting", "connecting", "connecting", "connected", "disconnecting", "disconnected"];
const state = document.getElementById("state");
const token = new URLSearchParams(location.search).get("token") ?? "";
const client = new Guacamole.Client(new Guacamole.WebSocketTunnel("tunnel"));
const screen = client.getDisplay().getElement();
const keyboard = new Guacamole.Keyboard(document);
const mouse = new Guacamole.Mouse(screen);

history.replaceState(null, "", location.pathname); // a token does not belong in the browser's history
document.getElementById("display").append(screen);
document.getElementById("disconnect").onclick = () => client.disconnect();
client.onstatechange = (number) => { state.textContent = STATES[number]; };
client.onerror = (status) => {
    state.textContent = "disconnected";
    state.title = `${status.message} (${status.code})`;
};
keyboard.onkeydown = (key) => client.sendKeyEvent(1, key);
keyboard.onkeyup = (key) => client.sendKeyEvent(0, key);
mouse.onEach(["mousedown", "mousemove", "mouseup"], (event) => client.sendMouseState(event.state));
window.onpagehide = () => client.disconnect();
client.connect(new URLSearchParams({ token }).toString());
