/* rt_deopt.h declares pyrt_stress const to everybody else, so that guards load it once; this file
 * must not include it. */
__attribute__((visibility("default"))) int pyrt_stress;
int pyrt_stress_set(int on);

int
pyrt_stress_set(int on)
{
    return pyrt_stress = on;
}
