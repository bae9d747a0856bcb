// The launch token of the portal: who opens which desktop, encrypted and authenticated with the site's key.

import { createDecipheriv, createHmac, timingSafeEqual } from "node:crypto";

/**
 * Give what the portal says in a token. Throws an Error when the portal did not make it (its mac) or it has expired.
 * @param {string} token base64 of JSON {iv, value, mac}: AES-256-CBC of JSON, and hexadecimal HMAC-SHA256 of both
 * @param {Buffer} key the site's key, 32 bytes
 * @param {number} now milliseconds since 1970
 */
export function open(token, key, now) {
    const { iv, value, mac } = parts(token);
    const expected = createHmac("sha256", createHmac("sha256", key).update("html5 token").digest())
        .update(iv).update(value).digest();
    if (mac.length !== expected.length || !timingSafeEqual(mac, expected))
        throw new Error("the portal did not make it");
    const decipher = createDecipheriv("aes-256-cbc", key, iv);
    const launch = JSON.parse(Buffer.concat([decipher.update(value), decipher.final()]).toString());
    if (!(launch.expires * 1000 > now))
        throw new Error("it has expired");
    return launch;
}

function parts(token) {
    const { iv, value, mac } = JSON.parse(Buffer.from(token, "base64").toString());
    return { iv: Buffer.from(iv, "base64"), value: Buffer.from(value, "base64"), mac: Buffer.from(mac, "hex") };
}
