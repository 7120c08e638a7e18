// Before pagefind's own scripts: what it shows of a page stands in a few packs for each shard, not in a file for each page.
const fetch = ((real) => {
  "use strict";
  const packs = new Map();
  const load = async (address) => {
    const bytes = new Uint8Array(await (await real(address)).arrayBuffer());
    const head = bytes.indexOf(10) + 1;
    return { bytes: bytes.subarray(head), places: JSON.parse(new TextDecoder().decode(bytes.subarray(0, head))) };
  };
  return async (address, ...rest) => {
    const [, folder, name, last] = /^(.*\/fragment\/)([^/]*(.))\.pf_fragment/.exec(String(address)) ?? [];
    if (!name) return real(address, ...rest);
    const pack = `${folder}${last}.pack`;
    if (!packs.has(pack)) packs.set(pack, load(pack));
    const { bytes, places } = await packs.get(pack);
    const [start, end] = places[name];
    return new Response(bytes.slice(start, end));
  };
})(globalThis.fetch.bind(globalThis));
