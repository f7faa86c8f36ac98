/** The oldest kernels of the ranges that there are programs for. */
export const kernels: readonly string[];
/** Arguments of clang for the kernel programs of an architecture by Node's name. */
export function bpfArguments(arch: string, object: string, kernel: string): string[];
/** Arguments of gcc for the program that traces. */
export function tracerArguments(product: string): string[];
/** @returns whether something had to be built. @throws Error that says what is missing and how to get it. */
export function buildNative(options?: { log?: (text: string) => void }): boolean;
export function needsBuild(): boolean;
