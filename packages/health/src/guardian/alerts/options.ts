export type AlertOptions = object
export type AlertConfig = object
export function parseAlerts(_option: string, value: unknown): AlertConfig | undefined {
  return value as AlertConfig | undefined
}
