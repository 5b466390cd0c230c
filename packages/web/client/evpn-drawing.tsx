import type { JSX } from 'preact'
import type { EvpnPicture, EvpnSegment, EvpnVtep } from '../src/api.ts'
import { type Choice, hrefOf } from './route.ts'
import { countOf } from './words.tsx'

const width = 960
const boxHeight = 44
const step = 60
const margin = 12
/** Left edge and width of the boxes: the VNI, groups, endpoints. */
const columns = { vni: [margin, 130], group: [280, 190], vtep: [650, 298] } as const

interface Placed {
  readonly y: number
}

/**
 * A VNI, its groups and its endpoints as boxes, and between them what leads where: the wider, the more. What fails is red,
 * and said in words.
 */
export function EvpnDrawing({
  picture,
  choice,
}: {
  readonly picture: EvpnPicture
  readonly choice: Choice
}): JSX.Element {
  const { vni, groups, vteps } = picture
  const lines = Math.max(1, groups.length, vteps.length)
  const height = lines * step + 2 * margin
  const placeOf = (index: number, of: number): Placed => ({ y: margin + (index + 0.5 + (lines - of) / 2) * step })
  const center = { y: height / 2 }
  const vtepPlaces = new Map(vteps.map(({ name }, index) => [name, placeOf(index, vteps.length)]))
  const placed = groups.map((group, index) => ({ group, index, at: placeOf(index, groups.length), vtepPlaces }))
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      class="drawing"
      role="group"
      aria-label={`VNI ${vni}: ${countOf(groups.length, 'group')}, ${countOf(vteps.length, 'VTEP')}`}
    >
      {vteps.map((vtep) => (
        <Direct key={vtep.name} vtep={vtep} from={center} to={vtepPlaces.get(vtep.name) ?? center} />
      ))}
      {placed.map((props) => (
        <Paths key={props.group.nhId} {...props} from={center} />
      ))}
      <Box
        column="vni"
        at={center}
        title={`VNI ${vni}`}
        about=""
        href={hrefOf({ page: 'evpn-fdb', ...choice, filter: `vni:${vni}` })}
      />
      {placed.map(({ group, at }) => (
        <Box
          key={group.nhId}
          column="group"
          at={at}
          title={`group ${group.nhId}`}
          about={`${countOf(group.macs, 'MAC')}${group.status === 'resolved' ? '' : `, ${whyOf(group)}`}`}
          status={group.status}
          href={hrefOf({ page: 'evpn-fdb', ...choice, filter: `vni:${vni} "nhid ${group.nhId}"` })}
        />
      ))}
      {vteps.map((vtep) => (
        <Box
          key={vtep.name}
          column="vtep"
          at={vtepPlaces.get(vtep.name) ?? center}
          title={vtep.name}
          about={[countOf(vtep.macs, 'MAC'), ...(vtep.flood ? ['floods'] : [])].join(', ')}
          href={hrefOf({ page: 'evpn-fdb', ...choice, filter: `vni:${vni} "dst ${vtep.name}"` })}
        />
      ))}
      {placed.map((props) => (
        <Labels key={props.group.nhId} {...props} />
      ))}
    </svg>
  )
}

/** What goes to an endpoint without a group: hardware addresses, and broadcasts. */
function Direct({
  vtep,
  from,
  to,
}: {
  readonly vtep: EvpnVtep
  readonly from: Placed
  readonly to: Placed
}): JSX.Element | null {
  const [start, size] = columns.vni
  const [end] = columns.vtep
  if (vtep.macs === 0 && !vtep.flood) return null
  return (
    <path
      class={vtep.macs === 0 ? 'edge flood' : 'edge'}
      stroke-width={vtep.macs === 0 ? 1 : widthOf(vtep.macs)}
      d={curve(start + size, from.y, end, to.y)}
    />
  )
}

interface GroupProps {
  readonly group: EvpnSegment
  /** Counts the groups from 0. */
  readonly index: number
  readonly at: Placed
  readonly vtepPlaces: ReadonlyMap<string, Placed>
}

/** Where paths begin and end. */
const pathStart = columns.group[0] + columns.group[1]
const pathEnd = columns.vtep[0]

/** What goes to a group, and from there to its endpoints by weight. Members that are no path end in the air. */
function Paths({ group, from, at, vtepPlaces }: GroupProps & { readonly from: Placed }): JSX.Element {
  const [left, size] = columns.vni
  const way = group.status === 'unresolved' ? 'edge failing' : 'edge'
  return (
    <g>
      <path class={way} stroke-width={widthOf(group.macs)} d={curve(left + size, from.y, columns.group[0], at.y)} />
      {group.paths.map(({ vtep, weight, share }) => {
        const to = vtepPlaces.get(vtep)
        if (to === undefined) return ''
        const width = 1 + (share / 100) * 7
        return (
          <path
            key={`${vtep} ${weight}`}
            class="edge path"
            stroke-width={width}
            d={curve(pathStart, at.y, pathEnd, to.y)}
          />
        )
      })}
      {group.failures.length === 0 ? (
        ''
      ) : (
        <path class="edge failing" stroke-width={2} d={`M ${pathStart} ${at.y} h 26`} />
      )}
    </g>
  )
}

/** The shares of paths, and why members are none. */
function Labels({ group, at, index, vtepPlaces }: GroupProps): JSX.Element {
  // At another part of the way for each group, since several lead to one endpoint.
  const part = 0.4 + (index % 4) * 0.12
  const across = 1.5 * part - 1.5 * part ** 2 + part ** 3
  const down = 3 * part ** 2 - 2 * part ** 3
  return (
    <g>
      {group.paths.map(({ vtep, weight, share }) => {
        const to = vtepPlaces.get(vtep)
        if (to === undefined) return ''
        return (
          <text
            key={`${vtep} ${weight}`}
            class="share"
            x={pathStart + (pathEnd - pathStart) * across - 22}
            y={at.y + (to.y - at.y) * down + 4}
          >
            {share} % ({weight})
          </text>
        )
      })}
      {group.failures.map(({ member, reason }, place) => (
        <text key={member} class="why" x={columns.group[0]} y={at.y + boxHeight / 2 + 12 + place * 13}>
          nexthop {member}: {reason}
        </text>
      ))}
    </g>
  )
}

function Box({
  column,
  at,
  title,
  about,
  status = 'resolved',
  href,
}: {
  readonly column: keyof typeof columns
  readonly at: Placed
  readonly title: string
  readonly about: string
  readonly status?: EvpnSegment['status']
  readonly href: string
}): JSX.Element {
  const [left, size] = columns[column]
  return (
    <a href={href}>
      <rect class={`box ${status}`} x={left} y={at.y - boxHeight / 2} width={size} height={boxHeight} rx={6} />
      <text class="box-title" x={left + 10} y={at.y + (about === '' ? 5 : -4)}>
        {title}{' '}
      </text>
      {about === '' ? (
        ''
      ) : (
        <text class={`box-about ${status}`} x={left + 10} y={at.y + 13}>
          {about}
        </text>
      )}
    </a>
  )
}

function whyOf({ status, why }: EvpnSegment): string {
  return why ?? status
}

/** Ten times as many addresses are one step wider. */
function widthOf(macs: number): number {
  return macs === 0 ? 1 : 1.5 + Math.log10(macs) * 1.5
}

function curve(x: number, y: number, toX: number, toY: number): string {
  const middle = (x + toX) / 2
  return `M ${x} ${y} C ${middle} ${y}, ${middle} ${toY}, ${toX} ${toY}`
}
