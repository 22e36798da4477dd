// What the file carries, unpacked: the compiled model, its layout, and the scene.

/** @returns {Promise<{module: ArrayBuffer, layout: any, scene: any}>} what the file carries */
export async function unpacked() {
  const found = await Promise.all(["module", "layout", "scene"].map((id) => {
    const bytes = Uint8Array.from(atob(/** @type {HTMLElement} */ (document.getElementById(id)).textContent?.trim() ?? ""), (letter) => letter.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
  }));
  const [layout, scene] = found.slice(1).map((one) => JSON.parse(new TextDecoder().decode(one)));
  return { module: found[0], layout, scene };
}
