// What GCC's C++ library takes from a newer glibc than the oldest that the portable addon is for, or from no musl. It
// is made with the headers of glibc, for all.
#include <link.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/auxv.h>

#if __GLIBC_PREREQ(2, 35)
#include <dlfcn.h>
#endif

#define HIDDEN __attribute__((visibility("hidden")))

// glibc 2.32. Says whether reference counts may be changed without atomic instructions: never.
extern "C" HIDDEN char __libc_single_threaded;
char __libc_single_threaded = 0;

// musl hides it. libgcc takes a process without it for one that has no threads, and does without locks then.
extern "C" HIDDEN int __pthread_key_create(pthread_key_t* key, void (*destructor)(void*)) {
  return pthread_key_create(key, destructor);
}

#if defined(__aarch64__)
// musl hides it. A constructor of libgcc asks for the processor's atomic instructions.
extern "C" HIDDEN unsigned long __getauxval(unsigned long type) { return getauxval(type); }
#endif

#if __GLIBC_PREREQ(2, 35)
namespace {

struct Search {
  uintptr_t address;
  dl_find_object* result;
};

int findIn(dl_phdr_info* object, size_t, void* data) {
  const Search& search = *static_cast<Search*>(data);
  uintptr_t start = UINTPTR_MAX;
  uintptr_t end = 0;
  bool holds = false;
  void* frames = nullptr;
  for (size_t index = 0; index < object->dlpi_phnum; ++index) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[index];
    const uintptr_t from = object->dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_GNU_EH_FRAME) frames = reinterpret_cast<void*>(from);
    if (segment.p_type != PT_LOAD) continue;
    const uintptr_t to = from + segment.p_memsz;
    if (from < start) start = from;
    if (to > end) end = to;
    if (search.address >= from && search.address < to) holds = true;
  }
  if (!holds || frames == nullptr) return 0;
  *search.result = {};
  search.result->dlfo_map_start = reinterpret_cast<void*>(start);
  search.result->dlfo_map_end = reinterpret_cast<void*>(end);
  search.result->dlfo_eh_frame = frames;
  return 1;
}

}  // namespace

// glibc 2.35. The unwinder looks up the tables of the code at an address. Returns 0 where it finds some.
extern "C" HIDDEN int _dl_find_object(void* address, dl_find_object* result) __THROW {
  Search search = {reinterpret_cast<uintptr_t>(address), result};
  return dl_iterate_phdr(findIn, &search) == 1 ? 0 : -1;
}
#endif

// What ends the program where an exception is not caught. The one of the C++ library prints the name of its type, and
// brings along a parser of mangled names, which would be a quarter of the addon.
namespace __gnu_cxx {
HIDDEN void __verbose_terminate_handler();
void __verbose_terminate_handler() { abort(); }
}  // namespace __gnu_cxx
