// operator new and delete of programs that derive: GiNaC takes a small piece of memory for every node of a formula.
//
// Not by mimalloc-new-delete.h: where memory runs out, mimalloc's own operator new, compiled as C, ends the program by
// SIGABRT. Every form that throws is here, lest the library's be found. Those that do not throw are mimalloc's.
#include <new>

#include <mimalloc.h>

void* operator new(std::size_t size) {
  if (void* const memory = mi_malloc(size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  if (void* const memory = mi_malloc_aligned(size, static_cast<std::size_t>(alignment))) return memory;
  throw std::bad_alloc();
}
void* operator new[](std::size_t size) { return operator new(size); }
void* operator new[](std::size_t size, std::align_val_t alignment) { return operator new(size, alignment); }

void operator delete(void* memory) noexcept { mi_free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { mi_free(memory); }
void operator delete(void* memory, std::align_val_t /*alignment*/) noexcept { mi_free(memory); }
void operator delete(void* memory, std::size_t /*size*/, std::align_val_t /*alignment*/) noexcept { mi_free(memory); }
void operator delete[](void* memory) noexcept { mi_free(memory); }
void operator delete[](void* memory, std::size_t /*size*/) noexcept { mi_free(memory); }
void operator delete[](void* memory, std::align_val_t /*alignment*/) noexcept { mi_free(memory); }
void operator delete[](void* memory, std::size_t /*size*/, std::align_val_t /*alignment*/) noexcept { mi_free(memory); }
