/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

const char *kernel_lacks(void);
