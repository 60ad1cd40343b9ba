/* What the process itself tells about its machine, in the words of "python3 -m purenet verify". */
#ifndef _WIN32
#include <sys/utsname.h>
#endif
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

static void about(void)
{
    const uint32_t one = 1;
    unsigned char first;
    memcpy(&first, &one, 1);
#ifdef _WIN32
    const char *system = "Windows", *machine = "unknown";
#else
    struct utsname names;
    if (uname(&names))
        stop("uname fails");
    const char *system = names.sysname, *machine = names.machine;
#endif
#ifdef __VERSION__
    printf("compiler     " __VERSION__ "\n");
#endif
    printf("interpreter  none, C99\n");
    printf("platform     %s %s, %dbit, %s-endian\n", system, machine, (int)sizeof(void *) * 8, first ? "little" : "big");
#ifdef __GLIBC__
    printf("C library    glibc %s\n", gnu_get_libc_version());
#else /* musl has no macro; these are its words, and nobody else's */
    printf("C library    %s\n", strcmp(strerror(0), "No error information") ? "unknown" : "musl");
#endif
}
