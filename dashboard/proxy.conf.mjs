// For `ng serve` below `npm run dev`: what the gateway answers comes from it, its WebSocket included.
const gateway = process.env.AGENCYOS_GATEWAY;
const page = process.env.AGENCYOS_PAGE;

/** The gateway serves its own pages only. Ours is one; requests that another page sends keep their origin, and are refused. */
const asOurOwn = (request, { headers }) => {
  if (headers.origin === page) request.setHeader('origin', new URL(gateway).origin);
};

const toGateway = {
  target: gateway,
  changeOrigin: true,
  ws: true,
  configure: (proxy) => proxy.on('proxyReq', asOurOwn).on('proxyReqWs', asOurOwn),
};

export default { '^/(api|health|metrics)(/|$)': toGateway };
