// operator new and delete of programs that derive: GiNaC takes a small piece of memory for every node of a formula.
#include <mimalloc-new-delete.h>
