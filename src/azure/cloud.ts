/** Where the services of one of Azure's clouds are. */
export interface AzureCloud {
  /** Azure Resource Manager. */
  arm: string;
  /** Log Analytics: the audience of its tokens, and its address with the version. */
  logs: { audience: string; endpoint: string };
}

/** Source: Azure SDK, `KnownMonitorLogsQueryAudience` and the resource manager endpoints of its cloud settings. */
const CLOUDS: Readonly<Record<"io" | "cn" | "us", AzureCloud>> = {
  io: cloud("https://management.azure.com", "https://api.loganalytics.io"),
  cn: cloud("https://management.chinacloudapi.cn", "https://api.loganalytics.azure.cn"),
  us: cloud("https://management.usgovcloudapi.net", "https://api.loganalytics.us"),
};

function cloud(arm: string, logs: string): AzureCloud {
  return { arm, logs: { audience: logs, endpoint: `${logs}/v1` } };
}

/** The cloud a registry is in, by the end of its login server (`azurecr.io`, `azurecr.cn`, `azurecr.us`). */
export function cloudOf(loginServer: string): AzureCloud {
  const end = loginServer.slice(loginServer.lastIndexOf(".") + 1);
  return end === "cn" || end === "us" ? CLOUDS[end] : CLOUDS.io;
}
