/* Lists in the memory of programs that loops go through. */
#pragma once

/*
 * What a step of DEFINE_REPEAT needs to know of its list. It lies in working memory (struct scratch), of whose contents the
 * verifier knows nothing. Of values on the stack, kernels before 6.8 take those of one way to the loop for those of all: a step
 * that was looked at with a size of 0 would lose all that it does for other sizes.
 */
struct list {
	/* Where it begins, and how many items it has. */
	u64 array, count;
	/* Bytes in all items seen so far. */
	u64 total;
	/* How many bytes to copy, and to where in the event. */
	u32 wanted, at;
};
