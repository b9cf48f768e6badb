/*
 * A stand-in for libnvidia-ml.so: answers NVML calls from a text inventory, so that programs that discover GPUs
 * can be run and checked on a machine that has none.
 *
 *   cc -shared -fPIC -O2 -fvisibility=hidden -Wl,-soname,libnvidia-ml.so.1 -o libnvidia-ml.so.<version> standin.c
 *
 * With -DOLD_DRIVER it lacks what the library of an old driver lacks: MIG, and addressing modes.
 *
 * Environment
 *   NVML_STANDIN        the inventory file; not set or unreadable: nvmlInit returns DRIVER_NOT_LOADED
 *   NVML_STANDIN_TRACE  if set, each call appends its function's name as a line to this file
 *
 * Inventory: one key=value a line, '#' begins a comment line, the last of equal keys counts. Keys (G, M: 0, 1, ...)
 *   driver_version=575.57.08       nvml_version=12.575.57.08     cuda_driver_version=12090
 *   gpus=2                         number of GPUs
 *   gpu.G.uuid=GPU-...             gpu.G.minor=0                 gpu.G.name=NVIDIA H100
 *   gpu.G.bus=0000:41:00.0         domain of 4 or 8 digits; "unsupported": the call is not supported
 *   gpu.G.pci_device=0x233010de    gpu.G.memory=<bytes>          gpu.G.brand=14
 *   gpu.G.architecture=9           gpu.G.compute=9.0             gpu.G.serial=...
 *   gpu.G.addressing=none|hmm|ats  absent: not supported
 *   gpu.G.mig=enabled|disabled     absent: not supported
 *   gpu.G.mig_slots=7              what GetMaxMigDeviceCount says (default 7 when mig is set, else 0)
 *   gpu.G.mig.M.uuid=MIG-...       slot M holds a MIG device; slots may be left out
 *   gpu.G.mig.M.gi=1  .ci=0        instance ids
 *   gpu.G.mig.M.gi_profile=0       .ci_profile=0   profile numbers (NVML_GPU_INSTANCE_PROFILE_*, ..COMPUTE..)
 *   gpu.G.mig.M.memory_mb=4864     .gi_slices=1 .ci_slices=1
 *   error.FUNCTION=CODE            that function returns CODE, always
 *   error.FUNCTION.gpuG=CODE       only for that GPU;   error.FUNCTION.gpuG.migM=CODE only for that MIG device
 *   sleep.FUNCTION=MS              that function first sleeps
 *   crash.FUNCTION=SIGNAL          that function ends the process by a signal
 */
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EXPORT __attribute__((visibility("default")))

/* Return codes of the NVML ABI. */
enum { OK = 0, UNINITIALIZED = 1, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, INSUFFICIENT_SIZE = 7,
       DRIVER_NOT_LOADED = 9, ARGUMENT_VERSION_MISMATCH = 25 };

/* A handle points into one of these tables; its address is all that a caller sees. mig is -1 for a whole GPU. */
struct handle { int gpu, mig; };
enum { MAX_GPUS = 64, MAX_MIG = 64 };
static struct handle gpu_handles[MAX_GPUS], mig_handles[MAX_GPUS][MAX_MIG];

/* ---- inventory ---- */
static char *text;               /* the file, cut into NUL-ended lines */
static char *lines[8192];
static int line_count, init_count;

/* So that a look-up costs next to nothing beside what is measured with it. */
static unsigned hashes[8192];    /* of each line's key */
static int special_count;        /* lines that make a function sleep, crash or fail */
static char has_mig[MAX_GPUS];   /* the inventory has MIG devices of this GPU */

static unsigned hash(const char *key, size_t n)
{
    unsigned h = 5381;
    while (n--) h = h * 33 + (unsigned char)*key++;
    return h;
}

static void load(void)
{
    const char *path = getenv("NVML_STANDIN");
    FILE *f = path ? fopen(path, "r") : NULL;
    free(text); text = NULL; line_count = special_count = 0;
    memset(has_mig, 0, sizeof has_mig);
    if (!f) return;
    fseek(f, 0, SEEK_END);
    long n = ftell(f);
    rewind(f);
    text = calloc(1, (size_t)n + 1);
    if (!text || fread(text, 1, (size_t)n, f) != (size_t)n) { free(text); text = NULL; }
    fclose(f);
    if (!text) return;
    for (char *p = strtok(text, "\r\n"); p && line_count < 8192; p = strtok(NULL, "\r\n")) {
        const char *equals = strchr(p, '=');
        if (*p == '#' || !equals) continue;
        hashes[line_count] = hash(p, (size_t)(equals - p));
        special_count += !strncmp(p, "sleep.", 6) || !strncmp(p, "crash.", 6) || !strncmp(p, "error.", 6);
        int gpu = !strncmp(p, "gpu.", 4) && strstr(p, ".mig.") ? atoi(p + 4) : -1;
        if (gpu >= 0 && gpu < MAX_GPUS) has_mig[gpu] = 1;
        lines[line_count++] = p;
    }
    for (int g = 0; g < MAX_GPUS; g++) {
        gpu_handles[g] = (struct handle){g, -1};
        for (int m = 0; m < MAX_MIG; m++) mig_handles[g][m] = (struct handle){g, m};
    }
}

/* The value of a key built from a format, or NULL. */
static const char *get(const char *format, ...)
{
    char key[256];
    va_list a;
    va_start(a, format);
    vsnprintf(key, sizeof key, format, a);
    va_end(a);
    size_t n = strlen(key);
    unsigned wanted = hash(key, n);
    for (int i = line_count - 1; i >= 0; i--)
        if (hashes[i] == wanted && !strncmp(lines[i], key, n) && lines[i][n] == '=') return lines[i] + n + 1;
    return NULL;
}

static long number(const char *value, long otherwise) { return value ? strtol(value, NULL, 0) : otherwise; }
static int gpu_count(void) { long n = number(get("gpus"), 0); return n < 0 ? 0 : n > MAX_GPUS ? MAX_GPUS : (int)n; }

/* A key of the device that a handle names. */
static const char *of(const struct handle *h, const char *key)
{
    return h->mig < 0 ? get("gpu.%d.%s", h->gpu, key) : get("gpu.%d.mig.%d.%s", h->gpu, h->mig, key);
}

/* What every call does first: trace, sleep, injected errors, initialised or not, handle or not. */
static int enter(const char *function, const struct handle *h, int needs_handle)
{
    const char *trace = getenv("NVML_STANDIN_TRACE");
    if (trace) {
        FILE *f = fopen(trace, "a");
        if (f) { fprintf(f, "%s\n", function); fclose(f); }
    }
    if (special_count) {
        long ms = number(get("sleep.%s", function), 0);
        if (ms > 0) nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
        const char *crash = get("crash.%s", function);
        if (crash) {
            signal((int)number(crash, SIGSEGV), SIG_DFL);  /* a handler of the program's would return */
            raise((int)number(crash, SIGSEGV));
        }
        const char *code = NULL;
        if (h && h->mig >= 0) code = get("error.%s.gpu%d.mig%d", function, h->gpu, h->mig);
        if (!code && h) code = get("error.%s.gpu%d", function, h->gpu);
        if (!code) code = get("error.%s", function);
        if (code) return (int)number(code, OK);
    }
    if (!init_count) return UNINITIALIZED;
    if (needs_handle && !h) return INVALID_ARGUMENT;
    return OK;
}
#define ENTER()        do { int r_ = enter(__func__, NULL, 0); if (r_) return r_; } while (0)
#define ENTER_OF(h)    do { int r_ = enter(__func__, (h), 1); if (r_) return r_; } while (0)
#define WHOLE_GPU(h)   do { if ((h)->mig >= 0) return INVALID_ARGUMENT; } while (0)
#define ONLY_MIG(h)    do { if ((h)->mig < 0) return INVALID_ARGUMENT; } while (0)

static int put_text(const char *value, char *out, unsigned size)
{
    if (!value) return NOT_SUPPORTED;
    if (!out) return INVALID_ARGUMENT;
    if (strlen(value) + 1 > size) return INSUFFICIENT_SIZE;
    strcpy(out, value);
    return OK;
}
static int put_number(const char *value, unsigned *out)
{
    if (!value) return NOT_SUPPORTED;
    if (!out) return INVALID_ARGUMENT;
    *out = (unsigned)number(value, 0);
    return OK;
}

/* ---- library ---- */
static int start(const char *function)
{
    load();
    init_count++;
    int r = enter(function, NULL, 0);
    if (!r && !text) r = DRIVER_NOT_LOADED;
    if (r) init_count--;
    return r;
}
EXPORT int nvmlInit(void) { return start(__func__); }
EXPORT int nvmlInit_v2(void) { return start(__func__); }
EXPORT int nvmlInitWithFlags(unsigned flags) { (void)flags; return start(__func__); }
EXPORT int nvmlShutdown(void) { ENTER(); init_count--; return OK; }

EXPORT const char *nvmlErrorString(int code)
{
    static const char *const known[] = {
        "Success", "Uninitialized", "Invalid Argument", "Not Supported", "Insufficient Permissions",
        "Already Initialized", "Not Found", "Insufficient Size", "Insufficient External Power", "Driver Not Loaded",
        "Timeout", "Interrupt Request Issue", "NVML Shared Library Not Found", "Function Not Found",
        "Corrupted infoROM", "GPU is lost", "GPU requires reset", "GPU access blocked by the operating system",
        "Driver/library version mismatch", "In use by another client", "Insufficient Memory", "No data"};
    if (code >= 0 && code < (int)(sizeof known / sizeof *known)) return known[code];
    return "Unknown Error";
}

EXPORT int nvmlSystemGetDriverVersion(char *out, unsigned size) { ENTER(); return put_text(get("driver_version"), out, size); }
EXPORT int nvmlSystemGetNVMLVersion(char *out, unsigned size) { ENTER(); return put_text(get("nvml_version"), out, size); }
EXPORT int nvmlSystemGetCudaDriverVersion(int *out) { ENTER(); return put_number(get("cuda_driver_version"), (unsigned *)out); }
EXPORT int nvmlSystemGetCudaDriverVersion_v2(int *out) { ENTER(); return put_number(get("cuda_driver_version"), (unsigned *)out); }

/* ---- devices ---- */
static int count(unsigned *out)
{
    if (!out) return INVALID_ARGUMENT;
    *out = (unsigned)gpu_count();
    return OK;
}
EXPORT int nvmlDeviceGetCount(unsigned *out) { ENTER(); return count(out); }
EXPORT int nvmlDeviceGetCount_v2(unsigned *out) { ENTER(); return count(out); }

static int by_index(const char *function, unsigned index, struct handle **out)
{
    int known = index < (unsigned)gpu_count();
    int r = enter(function, known ? &gpu_handles[index] : NULL, 0);
    if (r) return r;
    if (!known || !out) return INVALID_ARGUMENT;
    *out = &gpu_handles[index];
    return OK;
}
EXPORT int nvmlDeviceGetHandleByIndex(unsigned i, struct handle **out) { return by_index(__func__, i, out); }
EXPORT int nvmlDeviceGetHandleByIndex_v2(unsigned i, struct handle **out) { return by_index(__func__, i, out); }

EXPORT int nvmlDeviceGetHandleByUUID(const char *uuid, struct handle **out)
{
    struct handle *found = NULL;
    for (int g = 0; uuid && g < gpu_count(); g++) {
        const char *u = of(&gpu_handles[g], "uuid");
        if (u && !strcmp(u, uuid)) found = &gpu_handles[g];
        for (int m = 0; has_mig[g] && m < MAX_MIG; m++)
            if ((u = of(&mig_handles[g][m], "uuid")) && !strcmp(u, uuid)) found = &mig_handles[g][m];
    }
    int r = enter(__func__, found, 0);
    if (r) return r;
    if (!uuid || !out) return INVALID_ARGUMENT;
    if (!found) return NOT_FOUND;
    *out = found;
    return OK;
}

/* "domain:bus:device.function" in hexadecimal; false when the inventory has none. */
static int address(const struct handle *h, unsigned part[4])
{
    const char *bus = get("gpu.%d.bus", h->gpu);
    return bus && sscanf(bus, "%x:%x:%x.%x", &part[0], &part[1], &part[2], &part[3]) == 4;
}
static int by_bus(const char *function, const char *bus, struct handle **out)
{
    struct handle *found = NULL;
    unsigned want[4], have[4];
    if (bus && sscanf(bus, "%x:%x:%x.%x", &want[0], &want[1], &want[2], &want[3]) == 4)
        for (int g = 0; g < gpu_count(); g++)
            if (address(&gpu_handles[g], have) && !memcmp(want, have, sizeof want)) found = &gpu_handles[g];
    int r = enter(function, found, 0);
    if (r) return r;
    if (!found) return NOT_FOUND;
    *out = found;
    return OK;
}
EXPORT int nvmlDeviceGetHandleByPciBusId(const char *bus, struct handle **out) { return by_bus(__func__, bus, out); }
EXPORT int nvmlDeviceGetHandleByPciBusId_v2(const char *bus, struct handle **out) { return by_bus(__func__, bus, out); }

EXPORT int nvmlDeviceGetIndex(struct handle *h, unsigned *out)
{
    ENTER_OF(h);
    if (!out) return INVALID_ARGUMENT;
    *out = (unsigned)(h->mig < 0 ? h->gpu : h->mig);
    return OK;
}
EXPORT int nvmlDeviceGetUUID(struct handle *h, char *out, unsigned size) { ENTER_OF(h); return put_text(of(h, "uuid"), out, size); }
EXPORT int nvmlDeviceGetName(struct handle *h, char *out, unsigned size) { ENTER_OF(h); return put_text(get("gpu.%d.name", h->gpu), out, size); }
EXPORT int nvmlDeviceGetSerial(struct handle *h, char *out, unsigned size) { ENTER_OF(h); return put_text(get("gpu.%d.serial", h->gpu), out, size); }
EXPORT int nvmlDeviceGetMinorNumber(struct handle *h, unsigned *out) { ENTER_OF(h); WHOLE_GPU(h); return put_number(of(h, "minor"), out); }
EXPORT int nvmlDeviceGetBrand(struct handle *h, unsigned *out) { ENTER_OF(h); return put_number(get("gpu.%d.brand", h->gpu), out); }
EXPORT int nvmlDeviceGetArchitecture(struct handle *h, unsigned *out) { ENTER_OF(h); return put_number(get("gpu.%d.architecture", h->gpu), out); }

EXPORT int nvmlDeviceGetCudaComputeCapability(struct handle *h, int *major, int *minor)
{
    ENTER_OF(h);
    const char *v = get("gpu.%d.compute", h->gpu);
    if (!v) return NOT_SUPPORTED;
    return sscanf(v, "%d.%d", major, minor) == 2 ? OK : INVALID_ARGUMENT;
}

struct memory { unsigned long long total, free, used; };
struct memory_v2 { unsigned version; unsigned long long total, reserved, free, used; };
static unsigned long long memory_of(const struct handle *h)
{
    const char *v = h->mig < 0 ? of(h, "memory") : of(h, "memory_mb");
    return v ? strtoull(v, NULL, 0) * (h->mig < 0 ? 1 : 1024 * 1024) : 0;
}
EXPORT int nvmlDeviceGetMemoryInfo(struct handle *h, struct memory *out)
{
    ENTER_OF(h);
    *out = (struct memory){memory_of(h), memory_of(h), 0};
    return out->total ? OK : NOT_SUPPORTED;
}
EXPORT int nvmlDeviceGetMemoryInfo_v2(struct handle *h, struct memory_v2 *out)
{
    ENTER_OF(h);
    if (out->version != (sizeof *out | 2u << 24)) return ARGUMENT_VERSION_MISMATCH;
    *out = (struct memory_v2){out->version, memory_of(h), 0, memory_of(h), 0};
    return out->total ? OK : NOT_SUPPORTED;
}

struct pci { char legacy[16]; unsigned domain, bus, device, pci_device, pci_subsystem; char id[32]; };
static int pci(const char *function, const struct handle *h, struct pci *out)
{
    int r = enter(function, h, 1);
    unsigned p[4];
    if (r) return r;
    if (!address(h, p)) return NOT_SUPPORTED;
    *out = (struct pci){.domain = p[0], .bus = p[1], .device = p[2],
                        .pci_device = (unsigned)number(get("gpu.%d.pci_device", h->gpu), 0x10de)};
    snprintf(out->legacy, sizeof out->legacy, "%04X:%02X:%02X.%X", p[0] & 0xffff, p[1] & 0xff, p[2] & 0xff, p[3] & 0xf);
    snprintf(out->id, sizeof out->id, "%08X:%02X:%02X.%X", p[0], p[1] & 0xff, p[2] & 0xff, p[3] & 0xf);
    return OK;
}
EXPORT int nvmlDeviceGetPciInfo(struct handle *h, struct pci *out) { return pci(__func__, h, out); }
EXPORT int nvmlDeviceGetPciInfo_v2(struct handle *h, struct pci *out) { return pci(__func__, h, out); }
EXPORT int nvmlDeviceGetPciInfo_v3(struct handle *h, struct pci *out) { return pci(__func__, h, out); }

#ifndef OLD_DRIVER
struct addressing { unsigned version, value; };
EXPORT int nvmlDeviceGetAddressingMode(struct handle *h, struct addressing *out)
{
    ENTER_OF(h);
    const char *v = get("gpu.%d.addressing", h->gpu);
    if (!v) return NOT_SUPPORTED;
    if (out->version != (sizeof *out | 1u << 24)) return ARGUMENT_VERSION_MISMATCH;
    out->value = !strcmp(v, "ats") ? 2 : !strcmp(v, "hmm") ? 1 : 0;
    return OK;
}

/* ---- MIG ---- */
EXPORT int nvmlDeviceGetMigMode(struct handle *h, unsigned *current, unsigned *pending)
{
    ENTER_OF(h);
    WHOLE_GPU(h);
    const char *v = of(h, "mig");
    if (!v) return NOT_SUPPORTED;
    *current = *pending = !strcmp(v, "enabled");
    return OK;
}
EXPORT int nvmlDeviceGetMaxMigDeviceCount(struct handle *h, unsigned *out)
{
    ENTER_OF(h);
    *out = (unsigned)number(of(h, "mig_slots"), of(h, "mig") ? 7 : 0);
    return OK;
}
EXPORT int nvmlDeviceGetMigDeviceHandleByIndex(struct handle *h, unsigned index, struct handle **out)
{
    struct handle *found = h && h->mig < 0 && index < MAX_MIG ? &mig_handles[h->gpu][index] : NULL;
    int r = enter(__func__, found ? found : h, 1);
    if (r) return r;
    if (!found) return INVALID_ARGUMENT;
    if (!of(found, "uuid")) return NOT_FOUND;
    *out = found;
    return OK;
}
EXPORT int nvmlDeviceIsMigDeviceHandle(struct handle *h, unsigned *out) { ENTER_OF(h); *out = h->mig >= 0; return OK; }
EXPORT int nvmlDeviceGetDeviceHandleFromMigDeviceHandle(struct handle *h, struct handle **out) { ENTER_OF(h); ONLY_MIG(h); *out = &gpu_handles[h->gpu]; return OK; }
EXPORT int nvmlDeviceGetGpuInstanceId(struct handle *h, unsigned *out) { ENTER_OF(h); ONLY_MIG(h); return put_number(of(h, "gi"), out); }
EXPORT int nvmlDeviceGetComputeInstanceId(struct handle *h, unsigned *out) { ENTER_OF(h); ONLY_MIG(h); return put_number(of(h, "ci"), out); }

struct attributes { unsigned multiprocessors, copy, decoders, encoders, jpeg, ofa, gi_slices, ci_slices; unsigned long long memory_mb; };
EXPORT int nvmlDeviceGetAttributes_v2(struct handle *h, struct attributes *out)
{
    ENTER_OF(h);
    ONLY_MIG(h);
    *out = (struct attributes){.gi_slices = (unsigned)number(of(h, "gi_slices"), 1), .ci_slices = (unsigned)number(of(h, "ci_slices"), 1),
                               .memory_mb = (unsigned long long)number(of(h, "memory_mb"), 0)};
    return OK;
}

/* A GPU instance, and a compute instance, is represented by the handle of a MIG device that lies in it. */
struct placement { unsigned start, size; };
struct gi_info { struct handle *device; unsigned id, profile; struct placement placement; };
struct ci_info { struct handle *device, *gpu_instance; unsigned id, profile; struct placement placement; };
struct gi_profile { unsigned id, p2p, slices, instances, multiprocessors, copy, decoders, encoders, jpeg, ofa; unsigned long long memory_mb; };
struct ci_profile { unsigned id, slices, instances, multiprocessors, copy, decoders, encoders, jpeg, ofa; };
enum { GI_PROFILES = 0x12, CI_PROFILES = 9, GI_ID = 100 };  /* a profile's id is another number than the profile's */

static struct handle *instance(int gpu, long gi, long ci)
{
    for (int m = 0; m < MAX_MIG; m++) {
        const struct handle *h = &mig_handles[gpu][m];
        if (of(h, "uuid") && number(of(h, "gi"), -1) == gi && (ci < 0 || number(of(h, "ci"), -1) == ci)) return &mig_handles[gpu][m];
    }
    return NULL;
}
EXPORT int nvmlDeviceGetGpuInstanceById(struct handle *h, unsigned id, struct handle **out)
{
    ENTER_OF(h);
    WHOLE_GPU(h);
    return (*out = instance(h->gpu, id, -1)) ? OK : NOT_FOUND;
}
EXPORT int nvmlGpuInstanceGetComputeInstanceById(struct handle *h, unsigned id, struct handle **out)
{
    ENTER_OF(h);
    return (*out = instance(h->gpu, number(of(h, "gi"), -1), id)) ? OK : NOT_FOUND;
}
EXPORT int nvmlGpuInstanceGetInfo(struct handle *h, struct gi_info *out)
{
    ENTER_OF(h);
    *out = (struct gi_info){&gpu_handles[h->gpu], (unsigned)number(of(h, "gi"), 0), GI_ID + (unsigned)number(of(h, "gi_profile"), 0), {0, 1}};
    return OK;
}
EXPORT int nvmlComputeInstanceGetInfo_v2(struct handle *h, struct ci_info *out)
{
    ENTER_OF(h);
    *out = (struct ci_info){&gpu_handles[h->gpu], h, (unsigned)number(of(h, "ci"), 0), (unsigned)number(of(h, "ci_profile"), 0), {0, 1}};
    return OK;
}
EXPORT int nvmlDeviceGetGpuInstanceProfileInfo(struct handle *h, unsigned profile, struct gi_profile *out)
{
    ENTER_OF(h);
    WHOLE_GPU(h);
    if (profile >= GI_PROFILES) return INVALID_ARGUMENT;
    if (!of(h, "mig")) return NOT_SUPPORTED;
    *out = (struct gi_profile){.id = GI_ID + profile, .slices = 1, .instances = 1};
    return OK;
}
EXPORT int nvmlGpuInstanceGetComputeInstanceProfileInfo(struct handle *h, unsigned profile, unsigned engine, struct ci_profile *out)
{
    ENTER_OF(h);
    if (profile >= CI_PROFILES || engine) return INVALID_ARGUMENT;
    *out = (struct ci_profile){.id = profile, .slices = 1, .instances = 1};
    return OK;
}

#endif

/* ---- there, but not supported: a caller that asks for them goes on without ---- */
#define NOT_HERE(name) EXPORT int name(void) { ENTER(); return NOT_SUPPORTED; }
NOT_HERE(nvmlSystemGetDriverBranch)
NOT_HERE(nvmlDeviceGetBoardPartNumber)
NOT_HERE(nvmlDeviceGetComputeMode)
NOT_HERE(nvmlDeviceGetPersistenceMode)
NOT_HERE(nvmlDeviceGetVirtualizationMode)
NOT_HERE(nvmlDeviceGetGpuFabricInfo)
NOT_HERE(nvmlDeviceGetGpuFabricInfoV)
NOT_HERE(nvmlDeviceGetNvLinkState)
NOT_HERE(nvmlDeviceGetTopologyCommonAncestor)
NOT_HERE(nvmlDeviceGetP2PStatus)
NOT_HERE(nvmlDeviceGetNumaNodeId)
NOT_HERE(nvmlDeviceGetPowerUsage)
NOT_HERE(nvmlDeviceGetTemperature)
NOT_HERE(nvmlDeviceGetUtilizationRates)
NOT_HERE(nvmlDeviceGetSupportedEventTypes)
NOT_HERE(nvmlEventSetCreate)
NOT_HERE(nvmlDeviceGetGpuInstances)
NOT_HERE(nvmlDeviceGetGpuInstanceProfileInfoV)
NOT_HERE(nvmlDeviceGetGpuInstancePossiblePlacements_v2)
NOT_HERE(nvmlGpuInstanceGetComputeInstances)
NOT_HERE(nvmlGpuInstanceGetComputeInstanceProfileInfoV)
